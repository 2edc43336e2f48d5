//! Quantities with their unit, brought to base units.

#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    pub value: f64,
    pub unit: String,
}

fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
        "mm" => 0.001,
        "cm" => 0.01,
        "m" => 1.0,
        "km" => 1000.0,
        _ => return None,
    })
}

pub fn in_metres(quantities: &[Quantity]) -> Vec<Quantity> {
    quantities
        .iter()
        .filter_map(|q| Some(Quantity { value: q.value * factor(&q.unit)?, unit: "m".to_string() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(value: f64, unit: &str) -> Quantity {
        Quantity { value, unit: unit.to_string() }
    }

    #[test]
    fn all_become_metres() {
        let many: Vec<Quantity> = (0..800).map(|n| quantity(f64::from(n), "km")).collect();
        let metres = in_metres(&many);
        assert_eq!(metres[3], quantity(3000.0, "m"));
        assert_eq!(metres.len(), 800);
    }

    #[test]
    fn unknown_units_are_left_out() {
        assert_eq!(in_metres(&[quantity(1.0, "cubit")]), []);
    }
}
