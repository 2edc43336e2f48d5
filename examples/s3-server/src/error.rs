//! What can go wrong with a request.

use std::fmt;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    NoSuchBucket,
    NoSuchKey,
    BucketAlreadyExists,
    InvalidKey,
    /// The session was idle for too long. Connect again.
    SessionExpired,
}

impl Error {
    /// The HTTP status that S3 answers with.
    pub fn status(self) -> u16 {
        match self {
            Self::NoSuchBucket | Self::NoSuchKey => 404,
            Self::BucketAlreadyExists => 409,
            Self::InvalidKey => 400,
            Self::SessionExpired => 403,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchBucket => "the bucket does not exist",
            Self::NoSuchKey => "the object does not exist",
            Self::BucketAlreadyExists => "the bucket exists already",
            Self::InvalidKey => "a key has 1 to 1024 bytes and no control characters",
            Self::SessionExpired => "the session was idle for too long",
        })
    }
}

impl std::error::Error for Error {}
