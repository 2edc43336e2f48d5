use std::collections::BTreeMap;

use crate::account::{AccountId, PostingError};

#[derive(Default)]
pub struct Ledger {
    balances: BTreeMap<AccountId, i64>,
    postings: u64,
}

impl Ledger {
    pub fn deposit(&mut self, account: AccountId, cents: i64) {
        *self.balances.entry(account).or_default() += cents;
        self.postings += 1;
    }

    pub fn transfer(&mut self, from: AccountId, to: AccountId, cents: i64) -> Result<(), PostingError> {
        let balance = self.balance(from);
        if balance < cents {
            return Err(PostingError::Overdrawn { account: from, missing: cents - balance });
        }
        *self.balances.entry(from).or_default() -= cents;
        *self.balances.entry(to).or_default() += cents;
        self.postings += 1;
        Ok(())
    }

    pub fn balance(&self, account: AccountId) -> i64 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    pub fn postings(&self) -> u64 {
        self.postings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TILL: AccountId = AccountId(1);
    const BANK: AccountId = AccountId(2);

    #[test]
    fn money_moves_and_none_is_lost() {
        let mut ledger = Ledger::default();
        ledger.deposit(TILL, 100_000);
        for _ in 0..500 {
            ledger.transfer(TILL, BANK, 120).unwrap();
        }
        assert_eq!(ledger.balance(TILL) + ledger.balance(BANK), 100_000);
        assert_eq!(ledger.postings(), 501);
    }

    #[test]
    fn an_account_cannot_be_overdrawn() {
        let mut ledger = Ledger::default();
        ledger.deposit(TILL, 50);
        assert_eq!(ledger.transfer(TILL, BANK, 80), Err(PostingError::Overdrawn { account: TILL, missing: 30 }));
    }
}
