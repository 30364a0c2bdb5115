use std::{pin::pin, time::Duration};

use crate::output::say;

/// How long a check may take before it is said what it waits for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Makes a check. If it takes long, `what` says once, on stderr, what it waits for.
pub(super) async fn with_notice<T>(
    check: impl Future<Output = T>,
    what: impl FnOnce() -> String,
) -> T {
    let mut check = pin!(check);
    tokio::select! {
        done = &mut check => return done,
        () = tokio::time::sleep(PATIENCE) => say(&what()),
    }
    check.await
}
