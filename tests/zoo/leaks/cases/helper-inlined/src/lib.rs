use std::sync::Mutex;

/// Thumbnails that were made, for the statistics page.
static MADE: Mutex<Vec<(u32, u32)>> = Mutex::new(Vec::new());

#[derive(Clone)]
pub struct Image {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
}

impl Image {
    pub fn gray(width: u32, height: u32, shade: u8) -> Self {
        Self { width, height, pixels: vec![shade; (width * height) as usize] }
    }
}

fn average(image: &Image, factor: u32, x: u32, y: u32) -> u8 {
    let mut sum = 0_u32;
    for dy in 0..factor {
        for dx in 0..factor {
            sum += u32::from(image.pixels[((y * factor + dy) * image.width + x * factor + dx) as usize]);
        }
    }
    (sum / (factor * factor)) as u8
}

fn shrink(image: &Image, factor: u32) -> Image {
    let (width, height) = (image.width / factor, image.height / factor);
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        for x in 0..width {
            pixels.push(average(image, factor, x, y));
        }
    }
    Image { width, height, pixels }
}

pub fn thumbnails(images: &[Image], factor: u32) -> Vec<Image> {
    let small: Vec<Image> = images.iter().map(|image| shrink(image, factor)).collect();
    MADE.lock().unwrap().extend(small.iter().map(|i| (i.width, i.height)));
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_the_shade() {
        let images: Vec<Image> = (0..16).map(|n| Image::gray(128, 96, n * 10)).collect();
        let small = thumbnails(&images, 4);
        assert_eq!((small[3].width, small[3].height), (32, 24));
        assert!(small.iter().zip(&images).all(|(s, i)| s.pixels[0] == i.pixels[0]));
        assert!(MADE.lock().unwrap().len() >= 16);
    }
}
