pub struct Page {
    pub text: String,
    pub links: Vec<u32>,
}

/// A made-up site whose pages link to the next one.
pub struct Site {
    pub pages: u32,
}

impl Site {
    pub async fn fetch(&self, number: u32) -> Page {
        let text = "lorem ipsum dolor sit amet ".repeat(40);
        Page { text, links: (number + 1..self.pages).take(1).collect() }
    }
}
