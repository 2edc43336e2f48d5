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

    #[test]
    fn every_byte_is_written_in_order() {
        let mut expected = 0;
        let written = copy(
            |number| (number < 60).then(|| (0..16_u32 << 10).map(|at| (at * number) as u8).collect()),
            |chunk| {
                assert_eq!(chunk.number, expected);
                expected += 1;
                chunk.data.iter().zip(0_u32..).filter(|(b, at)| **b == (at * chunk.number) as u8).count() as u64
            },
            24,
        );
        assert_eq!(written, 60 * (16 << 10));
    }

    #[test]
    fn a_source_without_chunks_ends() {
        assert_eq!(copy(|_| None, |_| 1, 1), 0);
    }
}
