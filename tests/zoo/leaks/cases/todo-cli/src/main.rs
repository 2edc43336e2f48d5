//! A to-do list on the command line.

mod history;
mod list;

use list::List;

fn main() {
    let mut list = List::default();
    for argument in std::env::args().skip(1) {
        list.run(&argument);
    }
    for (number, item) in list.items().iter().enumerate() {
        println!("{:>3} {item}", number + 1);
    }
}
