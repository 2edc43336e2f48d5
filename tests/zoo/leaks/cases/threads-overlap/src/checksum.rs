//! Sums of many blocks, on as many threads as are asked for.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub trait Source: Sync {
    fn blocks(&self) -> usize;
    fn read(&self, at: usize) -> Vec<u8>;
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

/// The sum of each block, in order. Every thread takes the next block that nobody has taken.
pub fn sums(source: &dyn Source, threads: usize) -> Vec<u32> {
    let next = AtomicUsize::new(0);
    let mut found: Vec<(usize, u32)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= source.blocks() {
                            return mine;
                        }
                        mine.push((at, adler(&source.read(at))));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("adds only")).collect()
    });
    found.sort_unstable();
    found.into_iter().map(|(_, sum)| sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Flat(usize);

    impl Source for Flat {
        fn blocks(&self) -> usize {
            self.0
        }

        fn read(&self, at: usize) -> Vec<u8> {
            vec![at as u8; 32 << 10]
        }
    }

    #[test]
    fn any_number_of_threads_finds_the_same() {
        assert_eq!(sums(&Flat(48), 8), sums(&Flat(48), 1));
    }

    #[test]
    fn no_blocks_have_no_sums() {
        assert_eq!(sums(&Flat(0), 4), []);
    }
}
