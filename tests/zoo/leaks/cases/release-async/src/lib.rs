mod archive;
mod mailbox;

pub use archive::Archive;
pub use mailbox::{Letter, Mailbox};
