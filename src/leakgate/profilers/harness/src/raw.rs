//! The raw format: text, one record a line, read by leakgate. README.md describes it.

use crate::code;
use crate::profile::{Counts, Reading};
use std::io::{self, Write};

/// Begin a file: the format's version and the process.
///
/// # Errors
/// What `out` says.
pub fn write_header(out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    writeln!(text, "leakgate-heap 1")?;
    writeln!(text, "process {} {} {}", std::process::id(), std::env::consts::ARCH, std::env::consts::OS)?;
    out.write_all(&text)
}

/// Append the modules that are loaded now. Again whenever more may have been loaded: the later list is the whole one.
///
/// # Errors
/// What `out` says.
pub fn write_modules(out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    let modules = code::modules();
    writeln!(text, "modules {}", modules.len())?;
    for module in modules {
        write!(text, "module {:x} {:x} {:x} ", module.bias, module.start, module.end)?;
        if module.id.is_empty() {
            text.push(b'-');
        }
        for byte in module.id {
            write!(text, "{:02x}", byte)?;
        }
        text.push(b' ');
        if module.path.is_empty() {
            let exe = std::env::current_exe().unwrap_or_default();
            push_line(&mut text, exe.to_string_lossy().as_bytes());
        } else {
            push_line(&mut text, &module.path);
        }
    }
    out.write_all(&text)
}

/// The rest of a line: no byte of it ends the line.
fn push_line(text: &mut Vec<u8>, rest: &[u8]) {
    text.extend(rest.iter().map(|byte| if *byte == b'\n' { b'?' } else { *byte }));
    text.push(b'\n');
}

/// A profile, from `profile` to `end`.
pub(crate) fn profile_text(profile: &mut Reading, label: &str) -> Vec<u8> {
    let (totals, quality) = (profile.totals(), profile.quality());
    let mut text = Vec::new();
    text.extend_from_slice(b"profile ");
    push_line(&mut text, label.as_bytes());
    // Writing to a `Vec` does not fail.
    let _ = writeln!(text, "time {} {}", profile.time_of_peak(), profile.duration());
    let _ = writeln!(
        text,
        "totals {} {} {} {} {} {}",
        totals.bytes, totals.blocks, totals.t_gmax_bytes, totals.t_gmax_blocks, totals.t_end_bytes, totals.t_end_blocks
    );
    let _ = writeln!(text, "stacks {} {} {}", quality.stacks, quality.cut, quality.limited);
    let _ = writeln!(text, "threads {} {}", quality.threads, quality.survivors);
    let _ = writeln!(text, "lost {}", quality.lost);
    let mut previous: Vec<usize> = Vec::new();
    profile.for_each(|counts, stack| {
        let Counts { tb, tbk, tl, mb, mbk, gb, gbk, eb, ebk } = *counts;
        let shared = previous.iter().zip(stack).take_while(|(a, b)| a == b).count();
        let _ = write!(text, "site {} {} {} {} {} {} {} {} {} {}", tb, tbk, tl, mb, mbk, gb, gbk, eb, ebk, shared);
        for ret in &stack[shared..] {
            let _ = write!(text, " {:x}", ret);
        }
        text.push(b'\n');
        previous.clear();
        previous.extend_from_slice(stack);
    });
    text.extend_from_slice(b"end\n");
    text
}
