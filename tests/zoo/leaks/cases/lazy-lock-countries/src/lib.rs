//! Phone numbers with the country they belong to.

const PREFIXES: &str = "1 US\n20 EG\n27 ZA\n30 GR\n31 NL\n32 BE\n33 FR\n34 ES\n36 HU\n39 IT\n40 RO\n41 CH\n43 AT\n44 GB\n45 DK\n46 SE\n47 NO\n48 PL\n49 DE\n51 PE\n52 MX\n54 AR\n55 BR\n56 CL\n57 CO\n60 MY\n61 AU\n62 ID\n63 PH\n64 NZ\n65 SG\n66 TH\n81 JP\n82 KR\n84 VN\n86 CN\n90 TR\n91 IN\n92 PK\n98 IR\n351 PT\n352 LU\n353 IE\n354 IS\n358 FI\n370 LT\n371 LV\n372 EE";

#[derive(Debug, PartialEq, Eq)]
pub struct Number {
    pub country: String,
    pub rest: String,
}

fn country(digits: &str) -> Option<(String, usize)> {
    PREFIXES
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(prefix, _)| digits.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(prefix, country)| (country.to_string(), prefix.len()))
}

pub fn parse(text: &str) -> Option<Number> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (country, length) = country(&digits)?;
    Some(Number { country, rest: digits[length..].to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        assert_eq!(parse("+353 1 234 567"), Some(Number { country: "IE".into(), rest: "1234567".into() }));
        assert_eq!(parse("+999"), None);
    }

    #[test]
    fn a_directory_is_read() {
        let numbers: Vec<Number> = (0..500).filter_map(|n| parse(&format!("+49 30 {n:06}"))).collect();
        assert_eq!(numbers.len(), 500);
        assert!(numbers.iter().all(|number| number.country == "DE"));
    }
}
