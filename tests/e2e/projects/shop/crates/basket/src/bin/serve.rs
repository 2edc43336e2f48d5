//! A program that holds the profiler in `main`. Its exit code is its first argument.

#[cfg(feature = "dhat-heap")]
#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;

fn serve() {
    #[cfg(feature = "dhat-heap")]
    let _profiler = dhat::Profiler::new_heap();
    std::mem::forget(basket::fill(5000));
    println!(
        "served with {:?}",
        std::env::args().skip(1).collect::<Vec<_>>()
    );
}

fn main() {
    serve();
    let code = std::env::args()
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0);
    std::process::exit(code);
}
