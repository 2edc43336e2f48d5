use crate::outbox::Outbox;

/// Confirms orders to their customer.
pub fn confirm_orders(outbox: &mut Outbox, customer: &str, orders: &[u32]) -> bool {
    orders.iter().all(|order| {
        let body = format!("Dear {customer}, thank you for your order {order}.");
        let number = outbox.queue(customer, &body);
        outbox.sent(number).is_some_and(|mail| mail.to == customer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_is_confirmed() {
        let orders: Vec<u32> = (1..=200).collect();
        assert!(confirm_orders(&mut Outbox::default(), "ada@example.org", &orders));
    }
}
