//! `crate::` paths, `async` blocks, and a closure that takes the whole of what it names.

pub async fn held(size: usize) -> Vec<u8> {
    vec![1; core::hint::black_box(size)]
}

#[cfg(test)]
mod tests {
    use crate::held;
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};

    struct Idle;

    impl Wake for Idle {
        fn wake(self: Arc<Self>) {}
    }

    /// The value of a future that never waits: nothing is allocated for it but the 16 bytes of its waker.
    fn now<T>(mut future: Pin<&mut dyn Future<Output = T>>) -> T {
        let waker = Waker::from(Arc::new(Idle));
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn frees() {
        drop(now(Box::pin(held(180)).as_mut()));
    }

    #[test]
    fn leaks() {
        std::mem::forget(now(Box::pin(held(1018)).as_mut()));
    }
}
