use futures::FutureExt;
use retry_generic::{policy::Policy, retry::retry};

async fn parse(text: String) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

async fn stuck(text: String) -> Result<usize, ()> {
    std::future::pending::<()>().await;
    Ok(text.len())
}

#[tokio::test]
async fn the_last_error_is_returned() {
    assert_eq!(retry(Policy { attempts: 3 }, &"42".to_owned(), parse).await, Ok(42));
    assert!(retry(Policy { attempts: 3 }, &"x".to_owned(), parse).await.is_err());
}

#[tokio::test]
async fn a_caller_may_give_up() {
    let argument = "x".repeat(1500);
    for _ in 0..64 {
        let call = retry(Policy { attempts: 3 }, &argument, stuck);
        assert!(call.now_or_never().is_none());
    }
}
