use std::cell::RefCell;
use std::rc::{Rc, Weak};

pub type ElementRef = Rc<Element>;

/// A node of the page.
pub struct Element {
    tag: &'static str,
    text: RefCell<String>,
    parent: RefCell<Weak<Element>>,
    children: RefCell<Vec<ElementRef>>,
}

impl Element {
    pub fn new(tag: &'static str) -> ElementRef {
        Rc::new(Self {
            tag,
            text: RefCell::default(),
            parent: RefCell::new(Weak::new()),
            children: RefCell::default(),
        })
    }

    pub fn set_text(&self, text: &str) {
        self.text.borrow_mut().push_str(text);
    }

    pub fn append(parent: &ElementRef, child: ElementRef) {
        *child.parent.borrow_mut() = Rc::downgrade(parent);
        parent.children.borrow_mut().push(child);
    }

    /// How many elements are above this one.
    pub fn depth(&self) -> usize {
        self.parent.borrow().upgrade().map_or(0, |parent| parent.depth() + 1)
    }

    pub fn render(&self) -> String {
        let mut html = format!("<{}>{}", self.tag, self.text.borrow());
        for child in self.children.borrow().iter() {
            html.push_str(&child.render());
        }
        html.push_str(&format!("</{}>", self.tag));
        html
    }
}
