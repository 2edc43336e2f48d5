use crate::connection::Connection;

pub fn of_customer(id: u64) -> Vec<String> {
    Connection::open().query(&format!("select * from orders where customer = {id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_has_orders() {
        let orders = of_customer(1_234_567_890);
        assert_eq!(orders.len(), 10);
        assert!(orders[9].ends_with("12345678909"));
    }

    #[test]
    fn many_customers_are_asked_for() {
        let all: Vec<String> = (100..400).flat_map(of_customer).collect();
        assert_eq!(all.len(), 900);
    }
}
