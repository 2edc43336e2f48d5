//! The element tree that the template engine renders from.

mod element;

pub use element::{Element, ElementRef};

/// Builds a list as the "recent orders" page shows it.
pub fn order_list(orders: &[&str]) -> ElementRef {
    let list = Element::new("ul");
    for order in orders {
        let item = Element::new("li");
        item.set_text(order);
        Element::append(&list, item);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_list_renders_every_order() {
        let orders: Vec<String> = (0..40).map(|n| format!("order {n}")).collect();
        let names: Vec<&str> = orders.iter().map(String::as_str).collect();
        let html = order_list(&names).render();
        assert!(html.starts_with("<ul><li>order 0</li>"));
        assert_eq!(html.matches("<li>").count(), 40);
    }

    #[test]
    fn an_element_without_children_renders_its_text() {
        let title = Element::new("h1");
        title.set_text("Orders");
        assert_eq!(title.render(), "<h1>Orders</h1>");
    }

    #[test]
    fn a_root_has_depth_zero() {
        assert_eq!(Element::new("body").depth(), 0);
    }
}
