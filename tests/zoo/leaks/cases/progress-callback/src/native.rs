use std::ffi::c_void;

/// The library's copy: calls back after each block.
///
/// # Safety
///
/// `context` must be what `callback` expects.
pub unsafe fn copy(bytes: usize, block: usize, callback: unsafe fn(*const c_void, usize), context: *const c_void) {
    let mut done = 0;
    while done < bytes {
        done += block.min(bytes - done);
        callback(context, done);
    }
}
