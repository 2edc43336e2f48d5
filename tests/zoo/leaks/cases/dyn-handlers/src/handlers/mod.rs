mod echo;
mod search;

pub use echo::Echo;
pub use search::Search;
