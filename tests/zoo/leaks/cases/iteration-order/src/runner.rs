use std::collections::HashMap;

use crate::graph::Graph;

/// Runs all steps, and lets go of a result as soon as no step needs it any more. Returns the order.
pub fn run(graph: &Graph, mut build: impl FnMut(&str) -> Vec<u8>) -> Vec<String> {
    let mut users = graph.users();
    let mut results: HashMap<&str, Vec<u8>> = HashMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut open: Vec<&String> = graph.needs.keys().collect();
    while !open.is_empty() {
        let ready = open.iter().position(|step| graph.needs[*step].iter().all(|n| order.contains(n)));
        let step = open.remove(ready.expect("no step needs itself"));
        let built = build(step);
        if users.get(step.as_str()).is_some_and(|count| *count > 0) {
            results.insert(step, built);
        }
        for needed in &graph.needs[step] {
            let count = users.get_mut(needed.as_str()).expect("it is needed");
            *count -= 1;
            if *count == 0 {
                results.remove(needed.as_str());
            }
        }
        order.push(step.clone());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_comes_behind_what_it_needs() {
        let mut graph = Graph::default();
        for n in 0..8 {
            graph.step(&format!("compile {n}"), &[]);
            graph.step(&format!("link {n}"), &[&format!("compile {n}")]);
        }
        let order = run(&graph, |step| vec![0; if step.starts_with("compile") { 20_000 } else { 10 }]);
        let at = |name: &str| order.iter().position(|step| step == name).unwrap();
        assert_eq!(order.len(), 16);
        assert!((0..8).all(|n| at(&format!("compile {n}")) < at(&format!("link {n}"))));
    }

    #[test]
    fn a_lone_step_runs() {
        let mut graph = Graph::default();
        graph.step("all", &[]);
        assert_eq!(run(&graph, |_| vec![1; 5000]), ["all"]);
    }
}
