//! A graph where nodes have few neighbours.
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeId(pub u32);

struct Node {
    label: Box<str>,
    neighbours: Vec<NodeId>,
}

#[derive(Default)]
pub struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    pub fn add(&mut self, label: &str) -> NodeId {
        self.nodes.push(Node { label: label.into(), neighbours: Vec::new() });
        NodeId(self.nodes.len() as u32 - 1)
    }

    pub fn connect(&mut self, a: NodeId, b: NodeId) {
        self.nodes[a.0 as usize].neighbours.push(b);
        self.nodes[b.0 as usize].neighbours.push(a);
    }

    pub fn label(&self, id: NodeId) -> &str {
        &self.nodes[id.0 as usize].label
    }

    /// How many steps lie between two nodes.
    pub fn distance(&self, from: NodeId, to: NodeId) -> Option<u32> {
        let mut steps = vec![None; self.nodes.len()];
        steps[from.0 as usize] = Some(0);
        let mut open = VecDeque::from([from]);
        while let Some(at) = open.pop_front() {
            let here = steps[at.0 as usize]?;
            if at == to {
                return Some(here);
            }
            for next in &self.nodes[at.0 as usize].neighbours {
                if steps[next.0 as usize].is_none() {
                    steps[next.0 as usize] = Some(here + 1);
                    open.push_back(*next);
                }
            }
        }
        None
    }
}
