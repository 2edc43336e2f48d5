use crate::{Handle, Refused};

pub struct Users;

impl Users {
    pub fn names(ids: &[u32]) -> Result<Vec<String>, Refused> {
        let mut handle = Handle::open()?;
        Ok(ids.iter().map(|id| handle.name_of(*id)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_the_order_of_ids() {
        let ids: Vec<u32> = (0..250).rev().collect();
        let names = Users::names(&ids).unwrap();
        assert_eq!(names[0], "user-249@example.org");
        assert_eq!(names.len(), 250);
    }

    #[test]
    fn a_handle_answers() {
        assert!(Handle::open().unwrap().ping());
    }
}
