use std::fmt::Write;

#[derive(Default)]
pub struct Report {
    rows: Vec<(String, Vec<f64>)>,
}

impl Report {
    pub fn row(&mut self, name: &str, values: impl IntoIterator<Item = f64>) -> &mut Self {
        self.rows.push((name.to_string(), values.into_iter().collect()));
        self
    }

    pub fn render(&self) -> String {
        let mut out = String::new();
        for (name, values) in &self.rows {
            write!(out, "{name}:").unwrap();
            for value in values {
                write!(out, " {value:.2}").unwrap();
            }
            out.push('\n');
        }
        out
    }

    pub fn means(&self) -> Vec<(&str, f64)> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        self.rows.iter().map(|(name, values)| (name.as_str(), mean(values))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::default();
        for n in 0..50_u32 {
            report.row(&format!("probe {n}"), (0..200).map(|at| f64::from(at + n)));
        }
        report
    }

    #[test]
    fn every_row_is_rendered() {
        let text = report().render();
        assert_eq!(text.lines().count(), 50);
    }

    #[test]
    fn means_are_means() {
        let report = report();
        assert_eq!(report.means()[0], ("probe 0", 99.5));
    }
}
