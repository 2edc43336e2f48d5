//! Records of a library catalogue.

#[derive(Default)]
pub struct Record {
    title: String,
    author: String,
    publisher: String,
}

impl Record {
    pub fn title(mut self, value: &str) -> Self {
        self.title = value.chars().filter(|c| !c.is_control()).collect();
        self
    }

    pub fn author(mut self, value: &str) -> Self {
        self.author = value.chars().filter(|c| !c.is_control()).collect();
        self
    }

    pub fn publisher(mut self, value: &str) -> Self {
        self.publisher = value.chars().filter(|c| !c.is_control()).collect();
        self
    }

    pub fn describe(&self) -> String {
        [self.title.as_str(), &self.author, &self.publisher].join(", ")
    }
}
