use start_gate::Gate;
use tokio::task::yield_now;

async fn warm_up(steps: u32, gate: Gate) -> u32 {
    for _ in 0..steps {
        yield_now().await;
    }
    gate.open();
    steps
}

#[tokio::test]
async fn a_request_waits_for_the_warm_up() {
    let gate = Gate::default();
    let ((), steps) = futures::join!(gate.opened(), warm_up(3000, gate.clone()));
    assert_eq!(steps, 3000);
}

#[tokio::test]
async fn an_open_gate_holds_nobody() {
    let gate = Gate::default();
    gate.open();
    gate.opened().await;
}
