use metrics_pipe::Pipe;

#[derive(Default)]
struct Last(Option<String>);

impl Extend<String> for Last {
    fn extend<T: IntoIterator<Item = String>>(&mut self, lines: T) {
        self.0 = lines.into_iter().last().or(self.0.take());
    }
}

#[test]
fn busy_workers_are_scraped() {
    let (recorder, pipe) = Pipe::new();
    let workers: Vec<_> = (0..4).map(|_| recorder.clone()).collect();
    for round in 0..500 {
        for worker in &workers {
            worker.record("latency", f64::from(round), 3);
        }
    }
    let mut last = Last::default();
    pipe.scrape(&mut last);
    assert!(last.0.unwrap().starts_with("latency{worker=3,node=1} "));
}

#[test]
fn an_idle_pipe_has_no_lines() {
    let (_recorder, pipe) = Pipe::new();
    let mut lines = Vec::new();
    pipe.scrape(&mut lines);
    assert!(lines.is_empty());
}
