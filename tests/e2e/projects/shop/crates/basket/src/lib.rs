//! A package whose tests all pass.

/// ```
/// assert_eq!(basket::fill(3).len(), 3);
/// ```
pub fn fill(bytes: usize) -> Vec<u8> {
    vec![0; bytes]
}

#[cfg(all(test, feature = "dhat-heap"))]
#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

#[cfg(all(test, feature = "dhat-heap"))]
mod tests {
    use super::fill;
    use std::mem::forget;

    #[test]
    fn leaks_a_thousand() {
        let _profiler = dhat::Profiler::new_heap();
        forget(fill(1000));
    }

    #[test]
    fn leaks_more() {
        let _profiler = dhat::Profiler::new_heap();
        forget(fill(2000));
    }

    #[test]
    fn saves_to_a_subdirectory() {
        std::fs::create_dir_all("profiles").unwrap();
        let _profiler = dhat::Profiler::builder()
            .file_name("profiles/sub.json")
            .build();
        forget(fill(3000));
    }

    #[test]
    fn saves_to_the_temporary_directory() {
        let path = std::env::temp_dir().join("basket profile.json");
        let _profiler = dhat::Profiler::builder().file_name(path).build();
        forget(fill(4000));
    }

    #[test]
    fn saves_two_files() {
        let second = format!("second-{}.json", std::process::id());
        for (name, bytes) in [("first.json", 500), (&second, 600)] {
            let _profiler = dhat::Profiler::builder().file_name(name).build();
            forget(fill(bytes));
        }
    }

    #[test]
    fn saves_twice_to_one_file() {
        for bytes in [500, 600] {
            let _profiler = dhat::Profiler::new_heap();
            forget(fill(bytes));
        }
    }

    #[test]
    fn only_asserts() {
        let _profiler = dhat::Profiler::builder().testing().build();
        let stats = dhat::HeapStats::get();
        dhat::assert_eq!(stats.total_blocks, 0);
    }

    #[test]
    fn has_no_profiler() {
        forget(fill(1));
    }

    #[test]
    #[ignore = "takes an hour"]
    fn slow() {
        let _profiler = dhat::Profiler::new_heap();
        forget(fill(60));
    }

    #[test]
    #[should_panic(expected = "empty")]
    fn panics_as_it_should() {
        let _profiler = dhat::Profiler::new_heap();
        panic!("empty");
    }

    #[test]
    fn größe_wächst() {
        let _profiler = dhat::Profiler::new_heap();
        forget(fill(70));
    }

    #[test]
    fn looks_like_libtest() {
        let _profiler = dhat::Profiler::new_heap();
        println!("\nrunning 1 test\ntest looks_like_libtest ... FAILED\n\nfailures:\n\nfailures:\n    x\n");
        println!("test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        forget(fill(80));
    }

    #[test]
    fn leaves_a_daemon_behind() {
        let _profiler = dhat::Profiler::new_heap();
        // It holds this test's standard output open for 20 seconds.
        drop(
            std::process::Command::new("sleep")
                .arg("20")
                .spawn()
                .unwrap(),
        );
        forget(fill(90));
    }

    #[test]
    fn sees_cargo_s_own_surroundings() {
        assert!(std::env::current_dir().unwrap().ends_with("crates/basket"));
        assert_eq!(std::env::var("CARGO_PKG_NAME").unwrap(), "basket");
        assert_eq!(std::env::var("RUST_BACKTRACE").unwrap(), "0");
        let ours: Vec<_> = std::env::vars()
            .filter(|(name, _)| name.starts_with("LEAKGATE") || name.ends_with("_RUNNER"))
            .collect();
        assert!(
            ours.iter().all(|(name, _)| name == "LEAKGATE_PROFILE"),
            "{ours:?}"
        );
    }
}
