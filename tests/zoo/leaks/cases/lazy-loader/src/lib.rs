//! Documents that load the others they include when somebody asks for them.
use futures::future::{BoxFuture, FutureExt};
use futures::lock::Mutex;
use std::sync::Arc;

pub struct Document {
    pub title: String,
    text: String,
    included: Mutex<Option<BoxFuture<'static, String>>>,
}

impl Document {
    /// A document of which nothing is loaded but its own text.
    pub fn open(title: &str, text: &str) -> Arc<Self> {
        let document =
            Arc::new(Self { title: title.to_owned(), text: text.to_owned(), included: Mutex::new(None) });
        let (title, text) = (document.title.clone(), document.text.clone());
        let load = async move { load(&title, &text) }.boxed();
        *document.included.try_lock().expect("nobody else has it") = Some(load);
        document
    }

    /// What the document includes.
    pub async fn included(&self) -> Option<String> {
        let load = self.included.lock().await.take()?;
        Some(load.await)
    }
}

fn load(title: &str, text: &str) -> String {
    let parts: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("include ")).collect();
    format!("{title}: {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    #[test]
    fn includes_are_loaded() {
        let document = Document::open("book", "include one\ntext\ninclude two");
        assert_eq!(block_on(document.included()).as_deref(), Some("book: one, two"));
        assert_eq!(block_on(document.included()), None);
    }

    #[test]
    fn a_title_needs_no_includes() {
        let document = Document::open("book", "include one");
        assert_eq!(document.title, "book");
    }
}
