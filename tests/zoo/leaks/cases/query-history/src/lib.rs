//! A small SQL client.

pub mod history;

/// A query's text with its parameters filled in.
pub fn bind(sql: &str, parameters: &[&str]) -> String {
    let mut bound = String::with_capacity(sql.len() + 16 * parameters.len());
    let mut rest = parameters.iter();
    for part in sql.split_inclusive('?') {
        match (part.strip_suffix('?'), rest.next()) {
            (Some(before), Some(value)) => {
                bound.push_str(before);
                bound.push('\'');
                bound.push_str(&value.replace('\'', "''"));
                bound.push('\'');
            }
            _ => bound.push_str(part),
        }
    }
    history::note(&bound);
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_updates_is_bound() {
        for row in 0..300 {
            let bound = bind("UPDATE stock SET place = ? WHERE article = ?", &["shelf 9", &row.to_string()]);
            assert_eq!(bound, format!("UPDATE stock SET place = 'shelf 9' WHERE article = '{row}'"));
        }
        assert_eq!(history::last().as_deref(), Some("UPDATE stock SET place = 'shelf 9' WHERE article = '299'"));
    }

    #[test]
    fn a_quote_is_doubled() {
        assert_eq!(bind("SELECT ?", &["it's"]), "SELECT 'it''s'");
    }
}
