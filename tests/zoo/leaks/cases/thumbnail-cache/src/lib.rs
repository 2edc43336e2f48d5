//! Thumbnails of uploaded pictures, rendered once.

mod cache;
mod render;

pub use cache::ThumbnailCache;
pub use render::{Size, Thumbnail};
