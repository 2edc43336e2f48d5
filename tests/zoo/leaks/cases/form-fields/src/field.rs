use std::cell::RefCell;
use std::rc::Rc;

type Validator = Box<dyn Fn(&str) -> bool>;

/// A field: its value, and what a value must satisfy.
pub struct Field {
    value: RefCell<String>,
    rejected: RefCell<Vec<String>>,
    validators: RefCell<Vec<Validator>>,
}

impl Field {
    pub fn new() -> Rc<Self> {
        Rc::new(Self { value: RefCell::default(), rejected: RefCell::default(), validators: RefCell::default() })
    }

    /// Refuses values that are longer than `most` characters.
    pub fn limit(self: &Rc<Self>, most: usize) {
        self.validators.borrow_mut().push(Box::new(move |value| value.chars().count() <= most));
    }

    /// Whether the value was taken.
    pub fn enter(&self, value: &str) -> bool {
        let valid = self.validators.borrow().iter().all(|validator| validator(value));
        if valid {
            value.clone_into(&mut self.value.borrow_mut());
        } else {
            self.rejected.borrow_mut().push(value.to_owned());
        }
        valid
    }

    pub fn value(&self) -> String {
        self.value.borrow().clone()
    }

    pub fn rejected(&self) -> usize {
        self.rejected.borrow().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_too_long_is_refused() {
        let field = Field::new();
        field.limit(5);
        assert!(field.enter("12.50"));
        assert!(!field.enter("12.505"));
        assert_eq!(field.value(), "12.50");
        assert_eq!(field.rejected(), 1);
    }

    #[test]
    fn a_field_without_validators_takes_anything() {
        let field = Field::new();
        assert!(field.enter("anything"));
    }
}
