use std::fmt;

#[derive(Debug)]
pub enum ImportError {
    Field { line: usize, field: String, value: String, hint: &'static str },
    Missing { line: usize },
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { line, field, value, hint } => write!(f, "line {line}: {field} is {value:?}: {hint}"),
            Self::Missing { line } => write!(f, "line {line}: a field is missing"),
        }
    }
}

impl std::error::Error for ImportError {}
