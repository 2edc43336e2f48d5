//! Progress of a build, shown by whoever started it.
use futures::channel::mpsc;
use futures::StreamExt;

#[derive(Debug, PartialEq)]
pub enum Step {
    Line { target: String, text: String },
    Done { warnings: usize },
}

pub struct Reporter {
    steps: mpsc::Sender<Step>,
    warnings: usize,
}

pub fn progress() -> (Reporter, mpsc::Receiver<Step>) {
    let (steps, shown) = mpsc::channel(8);
    (Reporter { steps, warnings: 0 }, shown)
}

impl Reporter {
    /// A line of the compiler's output. Lines may be dropped; warnings are counted always.
    pub fn line(&mut self, target: &str, text: &str) {
        self.warnings += usize::from(text.starts_with("warning"));
        let step = Step::Line { target: target.to_owned(), text: text.to_owned() };
        let _ = self.steps.try_send(step);
    }

    pub async fn done(mut self) {
        use futures::SinkExt;
        let _ = self.steps.send(Step::Done { warnings: self.warnings }).await;
    }
}

/// The last step of a build.
pub async fn outcome(steps: mpsc::Receiver<Step>) -> Option<Step> {
    steps.fold(None, |_, step| async { Some(step) }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::join;

    #[test]
    fn warnings_are_counted() {
        let (mut reporter, shown) = progress();
        for n in 0..600 {
            reporter
                .line("core", &format!("warning: unused variable `x{n}` in a function that has seen better days"));
        }
        let ((), last) = block_on(async { join!(reporter.done(), outcome(shown)) });
        assert_eq!(last, Some(Step::Done { warnings: 600 }));
    }

    #[test]
    fn a_quiet_build_has_no_warnings() {
        let (reporter, shown) = progress();
        let ((), last) = block_on(async { join!(reporter.done(), outcome(shown)) });
        assert_eq!(last, Some(Step::Done { warnings: 0 }));
    }
}
