mod newsletter;
mod orders;

pub use newsletter::send_newsletter;
pub use orders::confirm_orders;
