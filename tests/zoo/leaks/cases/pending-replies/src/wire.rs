#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Done,
    Busy,
    Refused,
}

/// What the server says about one request.
pub struct Reply {
    pub id: u64,
    pub status: Status,
}
