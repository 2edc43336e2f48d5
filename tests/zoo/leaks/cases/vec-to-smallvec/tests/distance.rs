use vec_to_smallvec::{Graph, NodeId};

#[test]
fn a_ring_is_half_as_far_across() {
    let mut graph = Graph::default();
    let ids: Vec<NodeId> = (0..1000).map(|n| graph.add(&format!("host-{n:04}"))).collect();
    for pair in ids.windows(2) {
        graph.connect(pair[0], pair[1]);
    }
    graph.connect(ids[999], ids[0]);
    assert_eq!(graph.distance(ids[0], ids[500]), Some(500));
    assert_eq!(graph.distance(ids[0], ids[999]), Some(1));
    assert_eq!(graph.label(ids[7]), "host-0007");
}

#[test]
fn an_island_is_out_of_reach() {
    let mut graph = Graph::default();
    let (a, b) = (graph.add("a"), graph.add("b"));
    assert_eq!(graph.distance(a, b), None);
}
