//! Where code is: the loaded modules, for the raw format and to tell return addresses from other numbers.

use std::ffi::CStr;
use std::os::raw::c_char;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A loaded executable or library.
pub struct Module {
    /// What to subtract from an address in this process to get the address in the file.
    pub bias: usize,
    /// Where its code lies in this process: the first byte and one past the last.
    pub start: usize,
    pub end: usize,
    /// The ELF build id or the Mach-O UUID; empty if it has none.
    pub id: Vec<u8>,
    /// Empty: the executable itself, where the system does not give its name.
    pub path: Vec<u8>,
}

const MAX_RANGES: usize = 256;
#[allow(clippy::declare_interior_mutable_const)]
const UNSET: AtomicUsize = AtomicUsize::new(0);
static STARTS: [AtomicUsize; MAX_RANGES] = [UNSET; MAX_RANGES];
static ENDS: [AtomicUsize; MAX_RANGES] = [UNSET; MAX_RANGES];
static RANGES: AtomicUsize = AtomicUsize::new(0);
/// More modules than there is room for: any address may be code.
static OVERFLOW: AtomicBool = AtomicBool::new(false);
/// What the system says when nothing has been loaded or unloaded since.
static SEEN: AtomicUsize = AtomicUsize::new(0);

/// Whether this address lies in a module that was loaded when `refresh` was last called.
///
/// No locks: it is asked in the middle of an allocation, which may happen while the loader's lock is held.
pub fn contains(address: usize) -> bool {
    let ranges = RANGES.load(Ordering::Relaxed);
    let inside = |i: usize| STARTS[i].load(Ordering::Relaxed) <= address && address < ENDS[i].load(Ordering::Relaxed);
    cfg!(miri) || OVERFLOW.load(Ordering::Relaxed) || (0..ranges).any(inside)
}

/// Look which modules are loaded now. Takes the loader's lock: not while a profile is open.
pub fn refresh() {
    let version = system::version();
    if SEEN.swap(version, Ordering::Relaxed) == version {
        return;
    }
    RANGES.store(0, Ordering::Relaxed);
    OVERFLOW.store(false, Ordering::Relaxed);
    system::for_each(&mut |image: Image<'_>| {
        let i = RANGES.load(Ordering::Relaxed);
        if i == MAX_RANGES {
            OVERFLOW.store(true, Ordering::Relaxed);
            return;
        }
        STARTS[i].store(image.start, Ordering::Relaxed);
        ENDS[i].store(image.end, Ordering::Relaxed);
        RANGES.store(i + 1, Ordering::Relaxed);
    });
}

/// The modules that are loaded now.
pub fn modules() -> Vec<Module> {
    let mut modules = Vec::new();
    system::for_each(&mut |image: Image<'_>| {
        modules.push(Module {
            bias: image.bias,
            start: image.start,
            end: image.end,
            id: image.id.to_vec(),
            path: image.path.to_vec(),
        });
    });
    modules
}

/// A module while the loader's lock is held.
pub struct Image<'a> {
    bias: usize,
    start: usize,
    end: usize,
    id: &'a [u8],
    path: &'a [u8],
}

/// # Safety
/// `text` is null or a C string that outlives `'a`.
unsafe fn bytes_of<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        return &[];
    }
    // SAFETY: the caller's word.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

#[cfg(all(target_os = "linux", not(miri)))]
mod system {
    use super::{bytes_of, Image};
    use std::os::raw::{c_char, c_int, c_void};

    #[repr(C)]
    struct ProgramHeader {
        kind: u32,
        flags: u32,
        offset: u64,
        vaddr: u64,
        paddr: u64,
        file_size: u64,
        memory_size: u64,
        align: u64,
    }

    #[repr(C)]
    struct Info {
        bias: usize,
        name: *const c_char,
        headers: *const ProgramHeader,
        header_count: u16,
        adds: u64,
        subs: u64,
    }

    type Callback = unsafe extern "C" fn(*const Info, usize, *mut c_void) -> c_int;
    extern "C" {
        fn dl_iterate_phdr(callback: Callback, data: *mut c_void) -> c_int;
    }

    const PT_LOAD: u32 = 1;
    const PT_NOTE: u32 = 4;
    const PF_X: u32 = 1;
    const NT_GNU_BUILD_ID: u32 = 3;

    /// Changes whenever a module is loaded or unloaded. Never 0.
    pub fn version() -> usize {
        unsafe extern "C" fn first(info: *const Info, _: usize, data: *mut c_void) -> c_int {
            // SAFETY: the loader hands a valid record; `data` is the usize below.
            unsafe { *data.cast::<usize>() = ((*info).adds + (*info).subs) as usize };
            1
        }
        let mut version = 0_usize;
        // SAFETY: the callback has the type that the loader expects and only writes to `version`.
        unsafe { dl_iterate_phdr(first, (&mut version as *mut usize).cast()) };
        version + 1
    }

    /// Each executable segment of each module. The loader's lock is held meanwhile.
    pub fn for_each(visit: &mut dyn FnMut(Image<'_>)) {
        unsafe extern "C" fn each(info: *const Info, _: usize, data: *mut c_void) -> c_int {
            // SAFETY: the loader hands a valid record whose segments are mapped; `data` is the reference below.
            unsafe {
                let visit = &mut *data.cast::<&mut dyn FnMut(Image<'_>)>();
                let info = &*info;
                let headers = std::slice::from_raw_parts(info.headers, usize::from(info.header_count));
                let notes = headers.iter().filter(|header| header.kind == PT_NOTE);
                let id = notes.filter_map(|header| build_id(segment(info, header))).next().unwrap_or(&[]);
                let path = bytes_of(info.name);
                for header in headers.iter().filter(|header| header.kind == PT_LOAD && header.flags & PF_X != 0) {
                    let start = info.bias.wrapping_add(header.vaddr as usize);
                    visit(Image { bias: info.bias, start, end: start + header.memory_size as usize, id, path });
                }
            }
            0
        }
        let mut visit = visit;
        // SAFETY: the callback has the type that the loader expects; `visit` outlives the call.
        unsafe { dl_iterate_phdr(each, (&mut visit as *mut &mut dyn FnMut(Image<'_>)).cast()) };
    }

    /// # Safety
    /// The segment is mapped and not written to while the loader's lock is held.
    unsafe fn segment<'a>(info: &Info, header: &ProgramHeader) -> &'a [u8] {
        let start = info.bias.wrapping_add(header.vaddr as usize) as *const u8;
        // SAFETY: the caller's word.
        unsafe { std::slice::from_raw_parts(start, header.memory_size as usize) }
    }

    /// The build id in a segment of notes: size of name, size of value, kind, name, value, each padded to 4 bytes.
    fn build_id(mut notes: &[u8]) -> Option<&[u8]> {
        fn number(bytes: &[u8]) -> Option<usize> {
            Some(u32::from_ne_bytes([*bytes.first()?, *bytes.get(1)?, *bytes.get(2)?, *bytes.get(3)?]) as usize)
        }
        loop {
            let (name_len, len, kind) = (number(notes)?, number(notes.get(4..)?)?, number(notes.get(8..)?)?);
            let name = notes.get(12..)?.get(..name_len)?;
            let value_at = 12 + ((name_len + 3) & !3);
            let value = notes.get(value_at..)?.get(..len)?;
            if kind == NT_GNU_BUILD_ID as usize && name == b"GNU\0" {
                return Some(value);
            }
            notes = notes.get(value_at + ((len + 3) & !3)..)?;
        }
    }
}

#[cfg(target_os = "macos")]
mod system {
    use super::{bytes_of, Image};
    use std::os::raw::c_char;

    #[repr(C)]
    struct Header {
        magic: u32,
        cpu: u32,
        subtype: u32,
        file_type: u32,
        command_count: u32,
        command_bytes: u32,
        flags: u32,
        reserved: u32,
    }

    extern "C" {
        fn _dyld_image_count() -> u32;
        fn _dyld_get_image_header(index: u32) -> *const Header;
        fn _dyld_get_image_vmaddr_slide(index: u32) -> isize;
        fn _dyld_get_image_name(index: u32) -> *const c_char;
    }

    const LC_SEGMENT_64: u32 = 0x19;
    const LC_UUID: u32 = 0x1b;

    /// Changes when a module is loaded; images are not unloaded in practice. Never 0.
    pub fn version() -> usize {
        // SAFETY: only reads a count.
        unsafe { _dyld_image_count() as usize + 1 }
    }

    /// The text segment of each module.
    pub fn for_each(visit: &mut dyn FnMut(Image<'_>)) {
        // SAFETY: only reads a count.
        for index in 0..unsafe { _dyld_image_count() } {
            // SAFETY: an index below the count; a module that has gone since gives null.
            let (header, slide, name) = unsafe {
                (_dyld_get_image_header(index), _dyld_get_image_vmaddr_slide(index), _dyld_get_image_name(index))
            };
            if header.is_null() {
                continue;
            }
            // SAFETY: a loaded image's load commands lie behind its header, `command_bytes` of them.
            let (commands, path) = unsafe {
                let bytes = (*header).command_bytes as usize;
                (std::slice::from_raw_parts(header.add(1).cast::<u8>(), bytes), bytes_of(name))
            };
            let mut text = None;
            let mut id: &[u8] = &[];
            let mut rest = commands;
            while let (Some(kind), Some(len)) = (number(rest, 0, 4), number(rest, 4, 4)) {
                if len < 8 || len > rest.len() {
                    break;
                }
                if kind as u32 == LC_SEGMENT_64 && rest.get(8..15) == Some(&b"__TEXT\0"[..]) {
                    text = number(rest, 24, 8).zip(number(rest, 32, 8));
                } else if kind as u32 == LC_UUID {
                    id = rest.get(8..24).unwrap_or(&[]);
                }
                rest = &rest[len..];
            }
            if let Some((address, size)) = text {
                let start = address.wrapping_add(slide as usize);
                visit(Image { bias: slide as usize, start, end: start + size, id, path });
            }
        }
    }

    fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
        let mut value = [0; 8];
        value[..len].copy_from_slice(bytes.get(at..at + len)?);
        Some(u64::from_le_bytes(value) as usize)
    }
}

#[cfg(all(target_os = "linux", miri))]
mod system {
    use super::Image;

    pub fn version() -> usize {
        1
    }

    pub fn for_each(_: &mut dyn FnMut(Image<'_>)) {
        let _ = |text| unsafe { super::bytes_of(text) };
    }
}
