//! Dates as people write them, in English and in numbers.
use std::sync::LazyLock;

use regex::Regex;

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4}))$").expect("it compiles")
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub fn parse(text: &str) -> Option<Date> {
    let found = DATE.captures(text.trim())?;
    let number = |at: usize| found.get(at).and_then(|part| part.as_str().parse::<u16>().ok());
    let (year, month, day) = match found.get(5) {
        Some(name) => (number(6)?, MONTHS.iter().position(|m| *m == name.as_str())? as u16 + 1, number(4)?),
        None => (number(1)?, number(2)?, number(3)?),
    };
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Date {
        year,
        month: month as u8,
        day: day as u8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        assert_eq!(parse("2024-2-29"), Some(Date { year: 2024, month: 2, day: 29 }));
    }

    #[test]
    fn names_are_read() {
        assert_eq!(parse("3 March 1999"), Some(Date { year: 1999, month: 3, day: 3 }));
    }

    #[test]
    fn blanks_do_not_count() {
        assert_eq!(parse("  1 Jan 2000 "), parse("2000-1-1"));
    }

    #[test]
    fn impossible_months_are_refused() {
        assert_eq!(parse("2024-13-1"), None);
    }

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(parse("1 Brumaire 1799"), None);
    }

    #[test]
    fn years_put_dates_in_order() {
        let dates: Vec<Date> = (0..300).filter_map(|n| parse(&format!("{}-1-1", 2300 - n))).collect();
        assert!(dates.iter().rev().is_sorted());
    }
}
