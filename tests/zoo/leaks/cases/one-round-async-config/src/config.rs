use std::collections::HashMap;

/// Limits of each plan, in requests a minute.
#[derive(Debug)]
pub struct Config {
    pub plans: HashMap<String, u32>,
}

pub async fn read() -> Config {
    tokio::task::yield_now().await;
    Config { plans: (0..120_u32).map(|n| (format!("plan-{n:03}"), (n + 1) * 60)).collect() }
}
