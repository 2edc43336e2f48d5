//! Notes on a page.

#[derive(Default)]
pub struct Page {
    notes: Vec<String>,
}

impl Page {
    pub fn note(&mut self, text: &str) {
        self.notes.push(format!("- {text}\n"));
    }

    pub fn print(self) -> String {
        self.notes.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn an_empty_page_prints_nothing() {
        assert_eq!(Page::default().print(), "");
    }

    #[test]
    fn notes_are_printed_in_order() {
        let mut page = Page::default();
        page.note("milk");
        page.note("bread");
        assert_eq!(page.print(), "- milk\n- bread\n");
    }
}
