//! Trace ids for the access log.

mod inline {
    //! Everything in one file, as it began.

    pub mod ids {
        use std::collections::BTreeMap;
        use std::sync::{Mutex, OnceLock};

        static NAMES: OnceLock<Mutex<BTreeMap<&'static str, u64>>> = OnceLock::new();

        /// A new id for a span of this name: the name and a number.
        pub fn next(name: &'static str) -> String {
            fn counted(names: &mut BTreeMap<&'static str, u64>, name: &'static str) -> u64 {
                let count = names.entry(name).or_default();
                *count += 1;
                *count
            }
            let mut names = NAMES.get_or_init(Mutex::default).lock().unwrap();
            format!("{name}-{:08}", counted(&mut names, name))
        }
    }
}

pub use inline::ids::next;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_different() {
        let ids: Vec<String> = (0..20).map(|_| next("GET /orders")).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids[0].starts_with("GET /orders-"));
    }
}
