//! The random program under the harness's engine. Arguments: seed, threads, steps.

use engine::{run, Plan, Table};

fn main() {
    let plan = Plan::from_args();
    let snapshot = run(plan, || leakgate_harness::open().unwrap(), |()| leakgate_harness::close().unwrap());
    let mut table = Table::default();
    snapshot.for_each(|counts, stack| {
        let mut functions = Vec::new();
        for ret in stack {
            backtrace::resolve((ret - 1) as *mut _, |symbol| {
                functions.extend(symbol.name().map(|name| name.to_string()))
            });
        }
        let row = [counts.tb, counts.tbk, counts.gb, counts.gbk, counts.eb, counts.ebk, counts.mb, counts.mbk];
        table.add(plan, functions.iter().map(String::as_str), row);
    });
    let quality = snapshot.quality();
    assert_eq!((quality.cut, quality.limited, quality.lost), (0, 0, 0), "{quality:?}");
    print!("{}", table.text());
}
