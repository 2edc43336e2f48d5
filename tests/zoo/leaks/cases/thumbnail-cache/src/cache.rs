use dashmap::DashMap;

use crate::render::{self, Size, Thumbnail};

const LIMIT: usize = 32;

pub struct ThumbnailCache {
    rendered: DashMap<(u64, Size), Thumbnail>,
}

impl Default for ThumbnailCache {
    fn default() -> Self {
        Self { rendered: DashMap::with_shard_amount(4) }
    }
}

impl ThumbnailCache {
    pub fn get(&self, picture: u64, size: Size) -> Thumbnail {
        if let Some(found) = self.rendered.get(&(picture, size)) {
            return found.clone();
        }
        if self.rendered.len() >= LIMIT {
            self.rendered.clear();
        }
        let thumbnail = render::render(picture, size);
        self.rendered.insert((picture, size), thumbnail.clone());
        thumbnail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gallery_page_shows_every_picture() {
        let cache = ThumbnailCache::default();
        for picture in 0..400 {
            let thumbnail = cache.get(picture, Size::Tile);
            assert_eq!(thumbnail.pixels.len(), 48 * 48);
            assert_eq!(thumbnail.pixels[0], (picture % 251) as u8);
        }
    }

    #[test]
    fn a_second_look_gives_the_same_pixels() {
        let cache = ThumbnailCache::default();
        let first = cache.get(7, Size::Icon);
        let second = cache.get(7, Size::Icon);
        assert!(std::sync::Arc::ptr_eq(&first.pixels, &second.pixels));
    }
}
