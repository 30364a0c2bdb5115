use std::time::SystemTime;

use synod_domain::{Clock, Timestamp};
use time::OffsetDateTime;
use tokio::time::Instant;

/// Wall time, read once and carried on by tokio's clock. So it never goes back when the system's
/// clock is set, and stands still while a test has paused the time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    read_at: Instant,
    showed: Timestamp,
}

impl SystemClock {
    /// A clock that is right now.
    #[must_use]
    pub fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place where wall time comes in")]
        let showed = OffsetDateTime::from(SystemTime::now()).into();
        Self { read_at: Instant::now(), showed }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.showed.after(self.read_at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn follows_paused_time() {
        let clock = SystemClock::new();
        let before = clock.now();
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().ms_since(before), 90_000);
    }
}
