use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::HostError;

/// Requests for the models of a host, shared by callers that wait at the same time.
#[derive(Default)]
pub(super) struct FreshListing {
    /// The number of requests that have begun.
    begun: AtomicU64,
    /// The number of the last request that has ended, and its result. Held while one is made.
    last: Mutex<(u64, Option<HostError>)>,
}

impl FreshListing {
    /// The result of a request that begins after this call. Makes one with `list` unless another caller
    /// has.
    pub(super) async fn after_now(
        &self,
        list: impl AsyncFnOnce() -> Result<(), HostError>,
    ) -> Result<(), HostError> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.0 <= before {
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let error = list().await.err();
            *last = (number, error);
        }
        last.1.clone().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn callers_share_requests_that_begin_after_they_ask() {
        let (listing, made) = (FreshListing::default(), AtomicU64::new(0));
        let ask = async |after: u64| {
            sleep(Duration::from_millis(after)).await;
            let list = async || {
                made.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_millis(100)).await;
                Ok(())
            };
            listing.after_now(list).await
        };
        join_all((0..1_000).map(|number| ask(number % 50))).await;
        assert_eq!(made.load(Ordering::SeqCst), 2);
        ask(0).await.unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 3, "an answer is not kept");
    }
}
