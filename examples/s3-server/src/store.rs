//! Buckets and their objects, in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::RwLock;

use bytes::{Bytes, BytesMut};

use crate::{Error, Result};

const LONGEST_KEY: usize = 1024;

type Objects = BTreeMap<String, Bytes>;

/// All buckets, shared by all connections.
#[derive(Default)]
pub struct Store {
    buckets: RwLock<BTreeMap<String, Objects>>,
}

impl Store {
    pub fn create_bucket(&self, bucket: &str) -> Result<()> {
        let mut buckets = self.buckets.write().unwrap();
        if buckets.contains_key(bucket) {
            return Err(Error::BucketAlreadyExists);
        }
        buckets.insert(bucket.to_owned(), Objects::new());
        Ok(())
    }

    /// Stores an object, in place of an earlier one with the same key.
    pub fn put(&self, bucket: &str, key: &str, body: Bytes) -> Result<()> {
        validate_key(key)?;
        self.write(bucket, |objects| match objects.get_mut(key) {
            Some(object) => *object = body,
            None => {
                objects.insert(key.to_owned(), body);
            }
        })
    }

    /// Adds to the end of an object, as the parts of a large upload do. The first part creates it.
    pub fn append(&self, bucket: &str, key: &str, part: &[u8]) -> Result<()> {
        validate_key(key)?;
        self.write(bucket, |objects| {
            let object = objects.entry(key.to_owned()).or_default();
            let mut joined = BytesMut::with_capacity(object.len() + part.len());
            joined.extend_from_slice(object);
            joined.extend_from_slice(part);
            *object = joined.freeze();
        })
    }

    pub fn get(&self, bucket: &str, key: &str) -> Result<Bytes> {
        self.read(bucket, |objects| objects.get(key).cloned())?
            .ok_or(Error::NoSuchKey)
    }

    /// The keys that start with `prefix`, in order.
    pub fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        self.read(bucket, |objects| {
            objects
                .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
                .map(|(key, _)| key)
                .take_while(|key| key.starts_with(prefix))
                .cloned()
                .collect()
        })
    }

    /// Deletes an object. As in S3, it is not an error when there is none.
    pub fn delete(&self, bucket: &str, key: &str) -> Result<()> {
        self.write(bucket, |objects| {
            objects.remove(key);
        })
    }

    fn read<T>(&self, bucket: &str, work: impl FnOnce(&Objects) -> T) -> Result<T> {
        let buckets = self.buckets.read().unwrap();
        buckets.get(bucket).map(work).ok_or(Error::NoSuchBucket)
    }

    fn write<T>(&self, bucket: &str, work: impl FnOnce(&mut Objects) -> T) -> Result<T> {
        let mut buckets = self.buckets.write().unwrap();
        buckets.get_mut(bucket).map(work).ok_or(Error::NoSuchBucket)
    }
}

fn validate_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > LONGEST_KEY || key.chars().any(char::is_control) {
        return Err(Error::InvalidKey);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiling;

    #[test]
    fn list_is_ordered_and_filtered_by_prefix() {
        let _profiler = profiling::start();
        let store = Store::default();
        store.create_bucket("photos").unwrap();
        for key in ["2025/may", "2024/june", "2025/april", "2026/may"] {
            store.put("photos", key, Bytes::from(vec![0; 256])).unwrap();
        }
        assert_eq!(
            store.list("photos", "2025/").unwrap(),
            ["2025/april", "2025/may"]
        );
        assert_eq!(store.list("videos", ""), Err(Error::NoSuchBucket));
    }

    #[test]
    fn append_joins_the_parts() {
        let _profiler = profiling::start();
        let store = Store::default();
        store.create_bucket("backups").unwrap();
        for part in 0..32 {
            store.append("backups", "disk.img", &[part; 1024]).unwrap();
        }
        let image = store.get("backups", "disk.img").unwrap();
        assert_eq!(image.len(), 32 * 1024);
        assert_eq!(image[31 * 1024], 31);
    }

    // Has no profile: it is about a pure function, whose memory nobody wants to watch.
    #[test]
    fn keys_are_validated() {
        assert_eq!(validate_key("2025/may.jpg"), Ok(()));
        assert_eq!(validate_key(""), Err(Error::InvalidKey));
        assert_eq!(validate_key("two\nlines"), Err(Error::InvalidKey));
        assert_eq!(validate_key(&"k".repeat(1025)), Err(Error::InvalidKey));
    }
}
