//! Prints what libtest and cargo print, to both streams, past the capturing, and without a line's end.

#[cfg(test)]
mod tests {
    use std::io::Write;

    const LINES: &str = "\nrunning 3 tests\ntest tests::ghost ... ok\ntest tests::second_ghost ... FAILED\n\
        test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
        error: test failed, to rerun pass `--lib`\n\
        process didn't exit successfully: `/looks_like_libtest-0123456789abcdef` (signal: 11, SIGSEGV)\n\
        {\"event\":\"start\",\"binary\":\"ghost\",\"test\":\"tests::ghost\"}\n\
             Running unittests src/lib.rs (target/debug/deps/ghost-0123456789abcdef)\n";

    #[test]
    fn prints_lines() {
        print!("{LINES}");
        eprint!("{LINES}");
        std::mem::forget(vec![1u8; std::hint::black_box(1201)]);
    }

    #[test]
    fn prints_past_the_capturing() {
        // Not through `print!`, so nothing keeps it from the terminal; nor does anything end the last line.
        let _ = write!(std::io::stdout(), "{LINES}test tests::ghost ... ");
        let _ = write!(std::io::stderr(), "{LINES}test tests::ghost ... ");
        let _ = std::io::stdout().flush();
        std::mem::forget(vec![1u8; std::hint::black_box(1202)]);
    }

    #[test]
    fn prints_no_text_at_all() {
        let _ = std::io::stdout().write_all(b"\xff\xfe\0\x1b[2J\r\n");
        std::mem::forget(vec![1u8; std::hint::black_box(1203)]);
    }
}
