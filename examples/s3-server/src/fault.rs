//! Memory faults that can be switched on. For the demonstration only: a real service has no such module.

use std::env;

/// A classic way to lose memory. None of them makes a test fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Each put spawns a task that never ends: [`Replica::replicate_in_background`](crate::replica::Replica).
    UnfinishedTask,
    /// A session and its watcher own each other: [`Session::watch`](crate::session::Session).
    ReferenceCycle,
    /// The access log never forgets: [`AccessLog::record`](crate::access_log::AccessLog).
    GrowingBuffer,
}

impl Fault {
    /// The fault that the environment variable `S3_FAULT` names; `None`, a healthy service, when it is not set.
    ///
    /// # Panics
    ///
    /// When it is set to anything that is not the name of a fault.
    pub fn from_env() -> Option<Self> {
        let name = env::var_os("S3_FAULT")?;
        match name.to_str() {
            Some("unfinished-task") => Some(Self::UnfinishedTask),
            Some("reference-cycle") => Some(Self::ReferenceCycle),
            Some("growing-buffer") => Some(Self::GrowingBuffer),
            _ => panic!(
                "S3_FAULT is {name:?}: set it to unfinished-task, reference-cycle or growing-buffer, or unset it"
            ),
        }
    }
}
