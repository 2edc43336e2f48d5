use crate::ImportError;

#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub age: u8,
}

fn row(line: usize, text: &str) -> Result<Row, ImportError> {
    let (name, age) = text.split_once(';').ok_or(ImportError::Missing { line })?;
    let age = age.parse().map_err(|_| ImportError::Field {
        line,
        field: "age".to_string(),
        value: age.to_string(),
        hint: "a number up to 255",
    })?;
    Ok(Row { name: name.to_string(), age })
}

/// The rows that could be read, and every reason why one could not.
pub fn import(text: &str) -> (Vec<Row>, Vec<ImportError>) {
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for (line, text) in text.lines().enumerate() {
        match row(line + 1, text) {
            Ok(row) => rows.push(row),
            Err(error) => errors.push(error),
        }
    }
    (rows, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_rows_are_read() {
        let text: String = (0..900).map(|n| format!("person number {n};{}\n", n % 120)).collect();
        let (rows, errors) = import(&text);
        assert!(errors.is_empty());
        assert_eq!(rows[899], Row { name: "person number 899".into(), age: 59 });
    }

    #[test]
    fn bad_rows_are_told_with_their_line() {
        let text = "a;1\nb;many\nc\n".repeat(50);
        let (rows, errors) = import(&text);
        assert_eq!((rows.len(), errors.len()), (50, 100));
        assert_eq!(errors[0].to_string(), "line 2: age is \"many\": a number up to 255");
        assert_eq!(errors[99].to_string(), "line 150: a field is missing");
    }
}
