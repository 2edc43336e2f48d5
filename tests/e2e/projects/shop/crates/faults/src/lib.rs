//! A package whose tests go wrong in every way a test can.

#[cfg(all(test, feature = "dhat-heap"))]
#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

#[cfg(all(test, feature = "dhat-heap"))]
mod tests {
    #[test]
    fn aborts() {
        let _profiler = dhat::Profiler::new_heap();
        std::process::abort();
    }

    #[test]
    fn exits_with_0() {
        let _profiler = dhat::Profiler::new_heap();
        println!("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        std::process::exit(0);
    }

    #[test]
    fn exits_with_7() {
        std::process::exit(7);
    }

    #[test]
    fn fails() {
        let _profiler = dhat::Profiler::new_heap();
        println!("to stdout");
        eprintln!("to stderr");
        assert_eq!(1 + 1, 3);
    }

    #[test]
    fn returns_an_error() -> Result<(), String> {
        Err("no".to_string())
    }

    #[test]
    fn works() {
        let _profiler = dhat::Profiler::new_heap();
        std::mem::forget(vec![0_u8; 100]);
    }

    /// Leaves half a profile, says so by writing its process id, and waits to be ended.
    #[test]
    #[ignore = "never ends"]
    fn never_ends() {
        let _profiler = dhat::Profiler::new_heap();
        std::fs::write(
            "dhat-half.json",
            "{\"dhatFileVersion\":2,\"mode\":\"rust-heap\",",
        )
        .unwrap();
        std::fs::write(
            std::env::var("SHOP_PID_FILE").unwrap(),
            std::process::id().to_string(),
        )
        .unwrap();
        loop {
            std::thread::park();
        }
    }
}
