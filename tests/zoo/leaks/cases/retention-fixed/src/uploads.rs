//! Uploads in several parts.
use std::collections::HashMap;
use std::sync::Mutex;

static OPEN: Mutex<Option<HashMap<String, Vec<Vec<u8>>>>> = Mutex::new(None);

fn with<T>(f: impl FnOnce(&mut HashMap<String, Vec<Vec<u8>>>) -> T) -> T {
    f(OPEN.lock().unwrap().get_or_insert_with(HashMap::new))
}

pub fn begin(key: &str) {
    with(|open| open.insert(key.to_string(), Vec::new()));
}

/// Whether there is such an upload.
pub fn part(key: &str, bytes: &[u8]) -> bool {
    with(|open| open.get_mut(key).map(|parts| parts.push(bytes.to_vec())).is_some())
}

/// The whole of an upload.
pub fn finish(key: &str) -> Option<Vec<u8>> {
    with(|open| open.get(key).map(|parts| parts.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_together() {
        for n in 0..10_u8 {
            let key = format!("backup-{n}");
            begin(&key);
            assert!((0..4).all(|_| part(&key, &[n; 1024])));
            assert_eq!(finish(&key).unwrap(), vec![n; 4096]);
        }
    }

    #[test]
    fn an_unknown_upload_has_no_parts() {
        assert!(!part("nothing", b"x"));
        assert_eq!(finish("nothing"), None);
    }
}
