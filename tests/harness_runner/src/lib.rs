//! Tests that pass and tests that fail, in each of the ways that libtest knows.

#![cfg_attr(test, feature(test))]

#[cfg(test)]
extern crate test;

#[cfg(test)]
mod passing {
    use std::io::Write;
    use std::num::ParseIntError;
    use std::process::{Command, ExitCode};

    #[test]
    fn empty() {}

    #[test]
    fn prints() {
        println!("printed");
        eprintln!("printed on standard error");
        print!("no newline");
    }

    #[test]
    fn prints_from_another_thread() {
        std::thread::spawn(|| println!("from a thread")).join().unwrap();
    }

    #[test]
    fn writes_past_the_capture() {
        std::io::stdout().write_all(b"straight to standard output\n").unwrap();
        Command::new("echo").arg("from a child").status().unwrap();
    }

    #[test]
    fn is_named_after_the_test() {
        assert_eq!(std::thread::current().name(), Some("passing::is_named_after_the_test"));
    }

    #[test]
    fn sees_nothing_of_leakgate() {
        assert_eq!(std::env::vars().find(|(name, _)| name.starts_with("LEAKGATE_")), None);
    }

    #[test]
    fn returns_ok() -> Result<(), ParseIntError> {
        "1".parse::<u8>().map(drop)
    }

    #[test]
    fn returns_success() -> ExitCode {
        ExitCode::SUCCESS
    }

    #[test]
    #[should_panic]
    fn panics() {
        panic!("on purpose");
    }

    #[test]
    #[should_panic(expected = "pur")]
    fn panics_as_expected() {
        panic!("on {}", "purpose");
    }

    #[test]
    #[should_panic]
    fn panics_with_a_number() {
        std::panic::panic_any(7);
    }

    #[test]
    #[ignore]
    fn ignored() {}

    #[test]
    #[ignore = "takes too long"]
    fn ignored_for_a_reason() {
        println!("took its time");
    }

    #[test]
    #[ignore]
    #[should_panic]
    fn ignored_and_panics() {
        panic!();
    }

    #[test]
    fn größe() {}

    #[bench]
    fn bench(bencher: &mut test::Bencher) {
        bencher.iter(|| test::black_box(Vec::<u8>::with_capacity(100)));
    }
}

#[cfg(test)]
mod failing {
    use std::process::ExitCode;

    #[test]
    fn asserts() {
        println!("before the assertion");
        assert_eq!(1 + 1, 3, "arithmetic");
    }

    #[test]
    fn panics_with_a_number() {
        std::panic::panic_any(7);
    }

    #[test]
    fn panics_in_another_thread() {
        let thread = std::thread::Builder::new().name("mine".into());
        thread.spawn(|| panic!("in a thread")).unwrap().join().unwrap();
    }

    #[test]
    fn returns_an_error() -> Result<(), String> {
        Err("an \"error\"\nof two lines".into())
    }

    #[test]
    fn returns_failure() -> ExitCode {
        ExitCode::from(3)
    }

    #[test]
    fn says_nothing() {
        std::panic::resume_unwind(Box::new(()));
    }

    #[test]
    #[should_panic]
    fn does_not_panic() {}

    #[test]
    #[should_panic(expected = "nothing")]
    fn does_not_panic_as_expected() {
        println!("all is well");
    }

    #[test]
    #[should_panic(expected = "this")]
    fn panics_with_another_message() {
        panic!("that");
    }

    #[test]
    #[should_panic(expected = "7")]
    fn panics_with_a_number_where_text_is_expected() {
        std::panic::panic_any(7);
    }

    #[test]
    #[ignore]
    fn ignored() {
        panic!("ignored for a good reason");
    }

    #[bench]
    fn bench(_: &mut test::Bencher) {
        panic!("in a benchmark");
    }
}
