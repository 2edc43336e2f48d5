//! A prefix tree over byte keys.

#[derive(Default)]
struct Node {
    edges: Vec<(u8, Box<Node>)>,
    value: Option<String>,
}

#[derive(Default)]
pub struct Trie {
    root: Node,
    len: usize,
}

impl Node {
    fn edge(&self, byte: u8) -> Result<usize, usize> {
        self.edges.binary_search_by_key(&byte, |(b, _)| *b)
    }

    fn grow(&mut self, at: usize, byte: u8) {
        self.edges.insert(at, (byte, Box::default()));
    }

    fn child(&mut self, byte: u8) -> &mut Node {
        let at = match self.edge(byte) {
            Ok(at) => at,
            Err(at) => {
                self.grow(at, byte);
                at
            }
        };
        &mut self.edges[at].1
    }
}

impl Trie {
    pub fn insert(&mut self, key: &[u8], value: String) -> Option<String> {
        let mut node = &mut self.root;
        for byte in key {
            node = node.child(*byte);
        }
        let old = node.value.replace(value);
        self.len += usize::from(old.is_none());
        old
    }

    pub fn get(&self, key: &[u8]) -> Option<&str> {
        let mut node = &self.root;
        for byte in key {
            node = &node.edges[node.edge(*byte).ok()?].1;
        }
        node.value.as_deref()
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
