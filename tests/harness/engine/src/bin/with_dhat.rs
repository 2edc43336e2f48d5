//! The random program under the dhat crate. Arguments: seed, threads, steps.

use engine::{run, Plan, Table};
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let plan = Plan::from_args();
    let json = run(
        plan,
        || dhat::Profiler::builder().trim_backtraces(None).build(),
        |mut profiler| {
            let json = profiler.drop_and_get_memory_output();
            // It has been dropped in all but name; a second time panics.
            std::mem::forget(profiler);
            json
        },
    );
    let profile: Value = serde_json::from_str(&json).unwrap();
    let mut table = Table::default();
    for point in profile["pps"].as_array().unwrap() {
        let stack = point["fs"].as_array().unwrap();
        let functions = stack.iter().map(|frame| profile["ftbl"][frame.as_u64().unwrap() as usize].as_str().unwrap());
        let row = ["tb", "tbk", "gb", "gbk", "eb", "ebk", "mb", "mbk"].map(|count| point[count].as_u64().unwrap());
        table.add(plan, functions, row);
    }
    print!("{}", table.text());
}
