mod database;
mod users;

pub use database::{Handle, Refused};
pub use users::Users;
