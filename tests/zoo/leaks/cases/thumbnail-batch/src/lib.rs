//! Scales pictures down as they come in.
use tokio::task::JoinSet;

pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

#[derive(Default)]
pub struct Thumbnailer {
    running: JoinSet<Picture>,
    done: usize,
}

impl Thumbnailer {
    /// Starts to scale a picture. Must be called on a runtime.
    pub async fn submit(&mut self, picture: Picture) {
        if self.running.len() >= 4 {
            self.finish_one().await;
        }
        self.running.spawn(async move { halve(&picture) });
    }

    async fn finish_one(&mut self) {
        if let Some(Ok(_)) = self.running.join_next().await {
            self.done += 1;
        }
    }

    /// Waits for what still runs and says how many pictures there were.
    pub async fn finish(mut self) -> usize {
        while !self.running.is_empty() {
            self.finish_one().await;
        }
        self.done
    }
}

fn halve(picture: &Picture) -> Picture {
    let (width, height) = (picture.width / 2, picture.height / 2);
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            pixels.push(picture.pixels[2 * y * picture.width + 2 * x]);
        }
    }
    Picture { width, height, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize) -> Picture {
        Picture { width, height: width, pixels: vec![7; width * width] }
    }

    #[tokio::test]
    async fn every_picture_is_scaled() {
        let mut thumbnailer = Thumbnailer::default();
        for _ in 0..50 {
            thumbnailer.submit(picture(128)).await;
        }
        assert_eq!(thumbnailer.finish().await, 50);
    }

    #[test]
    fn a_thumbnail_has_half_the_width() {
        let small = halve(&picture(32));
        assert_eq!((small.width, small.pixels.len()), (16, 256));
    }
}
