//! Renders invoices to a plain page of text.
pub struct Item {
    pub name: String,
    pub cents: u64,
    pub count: u32,
}

#[derive(Default)]
pub struct Printer {
    pages: Vec<String>,
    totals: Vec<u64>,
}

impl Printer {
    pub fn print(&mut self, customer: &str, items: &[Item]) -> usize {
        let mut page = String::with_capacity(256);
        page.push_str(customer);
        page.push('\n');
        let lines: Vec<String> =
            items.iter().map(|item| format!("{:<40}{:>6} x {:>10}", item.name, item.count, item.cents)).collect();
        for line in &lines {
            page.push_str(line);
            page.push('\n');
        }
        let total = items.iter().map(|item| item.cents * u64::from(item.count)).sum();
        self.totals.push(total);
        self.pages.push(page);
        self.pages.len() - 1
    }

    pub fn page(&self, number: usize) -> Option<&str> {
        self.pages.get(number).map(String::as_str)
    }

    pub fn total(&self) -> u64 {
        self.totals.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(count: u32) -> Vec<Item> {
        (1..=count).map(|n| Item { name: format!("part {n}"), cents: 250, count: n }).collect()
    }

    #[test]
    fn every_item_has_a_line() {
        let mut printer = Printer::default();
        let number = printer.print("Ada", &items(500));
        assert_eq!(printer.page(number).unwrap().lines().count(), 501);
    }

    #[test]
    fn totals_add_up_over_pages() {
        let mut printer = Printer::default();
        for _ in 0..20 {
            printer.print("Grace", &items(40));
        }
        assert_eq!(printer.total(), 20 * 250 * 820);
        assert_eq!(printer.page(20), None);
    }
}
