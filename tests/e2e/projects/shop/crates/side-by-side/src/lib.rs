//! A package whose tests save to names of their own, so that several can run at a time; but for one.

#[cfg(all(test, feature = "dhat-heap"))]
#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

#[cfg(all(test, feature = "dhat-heap"))]
mod tests {
    fn measure(bytes: usize) {
        let path =
            std::env::var("LEAKGATE_PROFILE").unwrap_or_else(|_| "dhat-heap.json".to_string());
        let _profiler = dhat::Profiler::builder().file_name(path).build();
        std::mem::forget(vec![0_u8; bytes]);
    }

    /// Both of a pair can only end while the other runs too.
    fn meet(own: &str, other: &str) {
        let Ok(directory) = std::env::var("SHOP_MEETING") else {
            return;
        };
        let directory = std::path::Path::new(&directory);
        std::fs::write(directory.join(own), "").unwrap();
        let began = std::time::Instant::now();
        while !directory.join(other).exists() {
            assert!(
                began.elapsed().as_secs() < 20,
                "{other} did not run at the same time"
            );
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_first() {
        measure(10);
    }

    #[test]
    fn b_meets_c() {
        meet("b", "c");
        measure(20);
    }

    #[test]
    fn c_meets_b() {
        meet("c", "b");
        let path = format!("dhat-{}.json", std::process::id());
        let _profiler = dhat::Profiler::builder().file_name(path).build();
        std::mem::forget(vec![0_u8; 30]);
    }

    #[test]
    fn d_goes_its_own_way() {
        let _profiler = dhat::Profiler::new_heap();
        std::mem::forget(vec![0_u8; 40]);
    }

    #[test]
    fn e_last() {
        measure(50);
    }
}
