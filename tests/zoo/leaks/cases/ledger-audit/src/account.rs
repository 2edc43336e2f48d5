#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId(pub u32);

#[derive(Debug, PartialEq, Eq)]
pub enum PostingError {
    Overdrawn { account: AccountId, missing: i64 },
}
