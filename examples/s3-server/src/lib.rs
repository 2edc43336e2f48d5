//! An in-memory object store in the manner of S3: buckets of objects, served by async handlers.
//!
//! [`Server`] owns the data, [`Connection`] is a client's way in:
//!
//! - [`store`] keeps buckets and objects,
//! - [`server`] ties the parts together, [`handlers`] answers the requests,
//! - [`session`] knows who is connected and evicts the idle,
//! - [`replica`] copies each object to a second region,
//! - [`access_log`] remembers the latest requests,
//! - [`profiling`] starts a heap profile, [`fault`] switches a memory fault on for the demonstration.

pub mod access_log;
pub mod error;
pub mod fault;
pub mod handlers;
pub mod profiling;
pub mod replica;
pub mod server;
pub mod session;
pub mod store;

pub use error::{Error, Result};
pub use fault::Fault;
pub use server::{Connection, Server};

#[cfg(feature = "dhat-heap")]
#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;
