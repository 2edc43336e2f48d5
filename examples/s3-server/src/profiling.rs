//! The heap profile of a test or of the program; nothing at all without the feature `dhat-heap`.

/// A running heap profile. Dropping it writes `dhat-heap.json` to the working directory.
#[must_use = "the profile ends when this value is dropped"]
pub struct HeapProfile {
    #[cfg(feature = "dhat-heap")]
    _profiler: dhat::Profiler,
}

/// Starts a heap profile. Bind it to a name in the first line of a test, so that it is dropped last.
///
/// dhat allows one profile at a time in a process. leakgate runs each test in a process of its own; without leakgate
/// use `cargo test --features dhat-heap -- --test-threads=1`, where each test overwrites the file of the one before.
pub fn start() -> HeapProfile {
    HeapProfile {
        // dhat's default of 10 frames often ends inside Tokio, before it reaches this crate's own functions.
        #[cfg(feature = "dhat-heap")]
        _profiler: dhat::Profiler::builder().trim_backtraces(Some(64)).build(),
    }
}
