mod table;

pub use table::{Row, Table, SCHEMAS};
