use std::{pin::pin, time::Duration};

use crate::output::say;

/// Time after which a notice says what a check waits for.
const NOTICE_AFTER: Duration = Duration::from_secs(3);

/// Runs a check. If it takes long, `what` is printed once to stderr.
pub(super) async fn with_notice<T>(
    check: impl Future<Output = T>,
    what: impl FnOnce() -> String,
) -> T {
    let mut check = pin!(check);
    tokio::select! {
        done = &mut check => return done,
        () = tokio::time::sleep(NOTICE_AFTER) => say(&what()),
    }
    check.await
}
