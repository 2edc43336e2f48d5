use std::thread;

use crossbeam_channel::bounded;

pub struct Chunk {
    pub number: u32,
    pub data: Vec<u8>,
}

/// Reads ahead of the writer by at most `ahead` chunks. Returns what the writer made of them.
pub fn copy<R, W>(mut read: R, mut write: W, ahead: usize) -> u64
where
    R: FnMut(u32) -> Option<Vec<u8>> + Send,
    W: FnMut(Chunk) -> u64,
{
    let (sender, receiver) = bounded(ahead);
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0.. {
                let Some(data) = read(number) else { break };
                if sender.send(Chunk { number, data }).is_err() {
                    break;
                }
            }
        });
        receiver.iter().map(&mut write).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(number: u32) -> Vec<u8> {
        (0..16_u32 << 10).map(|at| (at * number) as u8).collect()
    }

    #[test]
    fn every_byte_is_written_in_order() {
        let mut next = 0;
        let written = copy(
            |number| (number < 60).then(|| pattern(number)),
            |chunk| {
                assert_eq!(chunk.number, next);
                next += 1;
                chunk.data.iter().map(|byte| u64::from(*byte)).sum()
            },
            24,
        );
        let expected: u64 = (0..60).flat_map(pattern).map(u64::from).sum();
        assert_eq!(written, expected);
    }

    #[test]
    fn a_source_without_chunks_ends() {
        assert_eq!(copy(|_| None, |_| 1, 1), 0);
    }
}
