use crate::policy::Policy;
use std::future::Future;

/// Runs `call` until it succeeds or the policy has had enough.
pub async fn retry<A, T, E, F>(policy: Policy, argument: &A, call: impl Fn(A) -> F) -> Result<T, E>
where
    A: Clone,
    F: Future<Output = Result<T, E>>,
{
    let mut attempt = 1;
    loop {
        match call(argument.clone()).await {
            Ok(value) => return Ok(value),
            Err(_) if policy.retries(attempt) => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}
