//! Renders the pages of a report on threads of its own.
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

pub struct Page {
    pub number: usize,
    pub text: String,
}

fn workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).thread_name("report").build().expect("threads")
}

/// Renders all pages, in their order.
pub fn render(title: &str, pages: usize) -> Vec<Page> {
    let workers = workers();
    let title: Arc<str> = title.into();
    let tasks: Vec<_> = (1..=pages)
        .map(|number| {
            let title = title.clone();
            workers.spawn(async move { Page { number, text: format!("{title}, page {number}") } })
        })
        .collect();
    workers.block_on(async {
        let mut rendered = Vec::with_capacity(tasks.len());
        for task in tasks {
            rendered.push(task.await.expect("a page"));
        }
        rendered
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_in_order() {
        let report = render("Memory", 12);
        assert_eq!(report.len(), 12);
        assert_eq!(report[11].text, "Memory, page 12");
        assert!(report.windows(2).all(|pages| pages[0].number < pages[1].number));
    }
}
