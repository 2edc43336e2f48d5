use std::collections::HashMap;

use crate::request::Request;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub cents: u64,
    pub legs: Vec<String>,
}

#[derive(Default)]
pub struct Quotes {
    cached: HashMap<String, Quote>,
}

impl Quotes {
    pub fn quote(&mut self, request: &Request) -> Quote {
        self.cached.entry(request.cache_key()).or_insert_with(|| Self::compute(request)).clone()
    }

    fn compute(request: &Request) -> Quote {
        let legs = vec![format!("{} to hub", request.from), format!("hub to {}", request.to)];
        Quote { cents: u64::from(request.kilograms) * 120 + 990, legs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parcel_costs_the_same() {
        let mut quotes = Quotes::default();
        for sequence in 0..250 {
            let request = Request { sequence, from: "Hamburg", to: "Porto", kilograms: 12 };
            assert_eq!(quotes.quote(&request).cents, 2430);
        }
    }

    #[test]
    fn a_heavier_parcel_costs_more() {
        let mut quotes = Quotes::default();
        let light = Request { sequence: 1, from: "Lyon", to: "Graz", kilograms: 1 };
        let heavy = Request { kilograms: 30, ..light.clone() };
        assert!(quotes.quote(&light).cents < quotes.quote(&heavy).cents);
    }
}
