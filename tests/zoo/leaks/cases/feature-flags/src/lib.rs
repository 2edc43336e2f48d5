use std::num::NonZeroUsize;

use lru::LruCache;

/// The flags of one customer, as the flag service sends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags(Vec<String>);

impl Flags {
    pub fn enabled(&self, flag: &str) -> bool {
        self.0.iter().any(|enabled| enabled == flag)
    }
}

pub trait FlagService {
    fn load(&self, customer: u32) -> Flags;
}

pub struct CachedFlags<S> {
    service: S,
    cache: LruCache<u32, Flags>,
    misses: usize,
}

impl<S: FlagService> CachedFlags<S> {
    pub fn new(service: S) -> Self {
        let capacity = NonZeroUsize::new(16).expect("not zero");
        Self { service, cache: LruCache::new(capacity), misses: 0 }
    }

    pub fn is_enabled(&mut self, customer: u32, flag: &str) -> bool {
        if let Some(flags) = self.cache.get(&customer) {
            return flags.enabled(flag);
        }
        self.misses += 1;
        let flags = self.service.load(customer);
        let enabled = flags.enabled(flag);
        self.cache.put(customer, flags);
        enabled
    }

    pub fn misses(&self) -> usize {
        self.misses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Parity;

    impl FlagService for Parity {
        fn load(&self, customer: u32) -> Flags {
            let mut flags = vec!["checkout-v2".to_owned(), "dark-mode".to_owned()];
            if customer % 2 == 1 {
                flags.push("odd-customers".to_owned());
            }
            Flags(flags)
        }
    }

    #[test]
    fn every_customer_is_asked_for_once_a_day() {
        let mut flags = CachedFlags::new(Parity);
        for customer in 0..500 {
            assert!(flags.is_enabled(customer, "dark-mode"));
            assert_eq!(flags.is_enabled(customer, "odd-customers"), customer % 2 == 1);
        }
        assert_eq!(flags.misses(), 500);
    }

    #[test]
    fn an_unknown_flag_is_off() {
        let mut flags = CachedFlags::new(Parity);
        assert!(!flags.is_enabled(1, "no-such-flag"));
    }
}
