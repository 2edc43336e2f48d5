use crate::config;

/// Whether a customer of this plan may make one more request in this minute.
pub async fn allows(plan: &str, used: u32) -> bool {
    let config = config::read().await;
    config.plans.get(plan).is_some_and(|limit| used < *limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_plan_has_a_limit() {
        assert!(allows("plan-000", 59).await);
        assert!(!allows("plan-000", 60).await);
    }

    #[tokio::test]
    async fn an_unknown_plan_has_nothing() {
        assert!(!allows("gold", 0).await);
    }
}
