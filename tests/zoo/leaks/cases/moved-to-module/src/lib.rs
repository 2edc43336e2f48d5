use std::collections::BTreeMap;

pub fn tokenize(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

#[derive(Default)]
pub struct Index {
    postings: BTreeMap<String, Vec<u32>>,
    documents: u32,
}

impl Index {
    pub fn add(&mut self, text: &str) -> u32 {
        let id = self.documents;
        self.documents += 1;
        for word in tokenize(text) {
            let list = self.postings.entry(word).or_default();
            if list.last() != Some(&id) {
                list.push(id);
            }
        }
        id
    }

    pub fn find(&self, word: &str) -> &[u32] {
        self.postings.get(word).map_or(&[], Vec::as_slice)
    }
}
