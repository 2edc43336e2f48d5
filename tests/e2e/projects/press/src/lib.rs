//! What valgrind measures: std only, so that it compiles in no time.

pub fn fill(bytes: usize) -> Vec<u8> {
    vec![7; bytes]
}

/// An event for DHAT's ad hoc mode, as `DHAT_AD_HOC_EVENT` of `valgrind/dhat.h` announces it.
#[cfg(target_arch = "x86_64")]
pub fn announce(weight: u64) {
    let request: [u64; 6] = [0x4448_0000, weight, 0, 0, 0, 0];
    // SAFETY: outside of valgrind these instructions change nothing; in it they are a request.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") &request,
            inout("rdx") 0_u64 => _,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn empty() {}

    #[test]
    fn clean() {
        assert_eq!(fill(50_000).len(), 50_000);
    }

    #[test]
    fn leaks() {
        std::mem::forget(fill(3000));
    }

    #[test]
    #[should_panic = "as it should"]
    fn panics() {
        panic!("as it should");
    }

    #[test]
    fn threads_leak() {
        for _ in 0..3 {
            std::thread::spawn(|| std::mem::forget(fill(100)))
                .join()
                .unwrap();
        }
    }

    #[test]
    #[ignore = "for the time limit"]
    fn hangs() {
        loop {
            std::thread::park();
        }
    }

    #[test]
    #[ignore = "for copy mode"]
    fn copies() {
        let mut copy = fill(20_000);
        copy.copy_from_slice(std::hint::black_box(&fill(20_000)));
        std::hint::black_box(copy);
    }

    #[test]
    #[ignore = "for ad hoc mode"]
    #[cfg(target_arch = "x86_64")]
    fn announces() {
        super::announce(5);
        super::announce(6);
    }

    #[test]
    #[ignore = "for what valgrind does not know"]
    #[cfg(target_arch = "x86_64")]
    fn is_too_modern() {
        // SAFETY: it clears a register that nobody uses. An AVX-512 instruction.
        unsafe { std::arch::asm!("vpxord zmm16, zmm16, zmm16") };
    }
}
