//! A tiny exchange: the book matches orders, the risk desk may refuse them. Both are actors that call each other.
pub mod book;
pub mod risk;
