//! Easter and the feasts that move with it.
use std::collections::BTreeMap;
use std::sync::LazyLock;

fn easter(year: u32) -> (u32, u32) {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let day = h + l + 114 - 7 * m;
    (day / 31, day % 31 + 1)
}

static EASTER: LazyLock<BTreeMap<u32, (u32, u32)>> =
    LazyLock::new(|| (1900..2100).map(|year| (year, easter(year))).collect());

pub fn month_and_day(year: u32) -> Option<(u32, u32)> {
    EASTER.get(&year).copied()
}

pub fn in_march(years: std::ops::Range<u32>) -> Vec<u32> {
    years.filter(|year| month_and_day(*year).is_some_and(|(month, _)| month == 3)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_year_is_right() {
        assert_eq!(month_and_day(2024), Some((3, 31)));
    }

    #[test]
    fn early_years_are_listed() {
        assert_eq!(in_march(2000..2025), [2002, 2005, 2008, 2013, 2016, 2024]);
    }

    #[test]
    fn far_years_are_unknown() {
        assert_eq!(month_and_day(2100), None);
    }
}
