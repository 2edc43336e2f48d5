//! Random steps in one thread. Arguments: seed, steps. With a third one, under the harness's engine, whose table is
//! printed; without, its allocator only hands on, and Valgrind can watch.

use engine::{alone, Plan, Table};

fn main() {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|number| number.parse().expect("a number")).collect();
    let is_profiled = arguments.len() > 2;
    if is_profiled {
        leakgate_harness::open().unwrap();
    }
    alone(arguments[0], arguments[1] as usize);
    if !is_profiled {
        return;
    }
    let snapshot = leakgate_harness::close().unwrap();
    let mut table = Table::default();
    snapshot.for_each(|counts, stack| {
        let mut functions = Vec::new();
        for ret in stack {
            backtrace::resolve((ret - 1) as *mut _, |symbol| {
                functions.extend(symbol.name().map(|name| name.to_string()))
            });
        }
        let row = [counts.tb, counts.tbk, counts.gb, counts.gbk, counts.eb, counts.ebk, 0, 0];
        let plan = Plan { seed: arguments[0], threads: 1, steps: arguments[1] as usize };
        table.add(plan, functions.iter().map(String::as_str), row);
    });
    print!("{}", table.sites());
}
