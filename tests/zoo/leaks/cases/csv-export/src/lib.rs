use std::io::{self, Write};

pub struct Invoice {
    pub number: u32,
    pub customer: String,
    pub cents: u64,
}

/// Writes invoices as CSV.
pub struct Exporter<W> {
    out: W,
    line: String,
}

impl<W: Write> Exporter<W> {
    pub fn new(out: W) -> Self {
        Self { out, line: String::new() }
    }

    pub fn export(&mut self, invoices: impl IntoIterator<Item = Invoice>) -> io::Result<u64> {
        let mut total = 0;
        for invoice in invoices {
            total += invoice.cents;
            self.line.clear();
            self.append(&invoice);
            self.out.write_all(self.line.as_bytes())?;
        }
        self.out.flush()?;
        Ok(total)
    }

    fn append(&mut self, invoice: &Invoice) {
        self.line.push_str(&invoice.number.to_string());
        self.line.push(';');
        self.line.push_str(&invoice.customer.replace(';', ","));
        self.line.push(';');
        self.line.push_str(&format!("{}.{:02}", invoice.cents / 100, invoice.cents % 100));
        self.line.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A socket, as far as the exporter is concerned.
    #[derive(Default)]
    struct Counter {
        bytes: usize,
        lines: usize,
    }

    impl Write for &mut Counter {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            self.bytes += buffer.len();
            self.lines += buffer.iter().filter(|byte| **byte == b'\n').count();
            Ok(buffer.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_year_of_invoices_is_exported() {
        let invoices =
            (1..=3000).map(|number| Invoice { number, customer: format!("Customer {number}; Ltd"), cents: 1999 });
        let mut counter = Counter::default();
        assert_eq!(Exporter::new(&mut counter).export(invoices).unwrap(), 3000 * 1999);
        assert_eq!(counter.lines, 3000);
        assert!(counter.bytes > 80_000);
    }

    #[test]
    fn a_separator_in_a_name_is_replaced() {
        let mut out = Vec::new();
        let invoice = Invoice { number: 1, customer: "a;b".to_owned(), cents: 5 };
        Exporter::new(&mut out).export([invoice]).unwrap();
        assert_eq!(out, b"1;a,b;0.05\n");
    }
}
