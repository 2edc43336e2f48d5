pub mod classes;
pub mod slug;
