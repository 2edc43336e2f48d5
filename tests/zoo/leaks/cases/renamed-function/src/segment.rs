//! Log segments, decoded into records that own their bytes.

#[derive(Debug, PartialEq, Eq)]
pub struct Segment {
    pub records: Vec<Box<[u8]>>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Broken {
    Cut { at: usize },
}

pub struct SegmentReader {
    max_record: usize,
}

impl SegmentReader {
    pub const fn new(max_record: usize) -> Self {
        Self { max_record }
    }

    pub fn load(&self, mut raw: &[u8]) -> Result<Segment, Broken> {
        let whole = raw.len();
        let mut records = Vec::new();
        while let Some((head, rest)) = raw.split_first_chunk::<2>() {
            let size = usize::from(u16::from_le_bytes(*head)).min(self.max_record);
            if rest.len() < size {
                return Err(Broken::Cut { at: whole - raw.len() });
            }
            records.push(rest[..size].into());
            raw = &rest[size..];
        }
        Ok(Segment { records })
    }

    pub fn load_all<'a>(&self, raws: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Segment>, Broken> {
        raws.into_iter().map(|raw| self.load(raw)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(records: u16, size: u16) -> Vec<u8> {
        let mut out = Vec::new();
        for n in 0..records {
            out.extend_from_slice(&size.to_le_bytes());
            out.extend(std::iter::repeat_n(n as u8, usize::from(size)));
        }
        out
    }

    #[test]
    fn records_come_back_in_order() {
        let segment = SegmentReader::new(4096).load(&raw(100, 700)).unwrap();
        assert_eq!(segment.records.len(), 100);
        assert!(segment.records.iter().enumerate().all(|(n, r)| r.iter().all(|b| usize::from(*b) == n)));
    }

    #[test]
    fn a_cut_record_is_named_by_its_place() {
        let mut bytes = raw(10, 50);
        bytes.truncate(500);
        assert_eq!(SegmentReader::new(4096).load(&bytes), Err(Broken::Cut { at: 468 }));
    }

    #[test]
    fn several_segments_are_kept_apart() {
        let one = raw(30, 300);
        let two = raw(60, 100);
        let all = SegmentReader::new(4096).load_all([&one[..], &two[..]]).unwrap();
        assert_eq!(all.iter().map(|s| s.records.len()).collect::<Vec<_>>(), [30, 60]);
    }
}
