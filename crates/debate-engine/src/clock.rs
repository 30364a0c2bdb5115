use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Instant as RealInstant, SystemTime},
};

use synod_domain::{Clock, Timestamp};
use time::OffsetDateTime;
use tokio::time::Instant;

/// Wall time, read once and advanced by tokio's clock. It never goes back when the system's clock is
/// set, and it stops while a test has paused the time.
///
/// It jumps forward when the system's clock is ahead by a second or more, as after the machine was
/// suspended, which stops tokio's clock as well.
#[derive(Debug)]
pub struct SystemClock {
    read_at: Instant,
    really_read_at: RealInstant,
    showed: Timestamp,
    slept: Slept,
}

impl SystemClock {
    /// A clock with the current time.
    #[must_use]
    pub fn new() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "compared with wall time, which is never paused"
        )]
        let really_read_at = RealInstant::now();
        let (read_at, showed, slept) = (Instant::now(), wall_time(), Slept::default());
        Self { read_at, really_read_at, showed, slept }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let awake = self.showed.after(self.really_read_at.elapsed());
        let slept = self.slept.seen(wall_time().unix_ms() - awake.unix_ms());
        let carried = self.showed.after(self.read_at.elapsed());
        Timestamp::from_unix_ms(carried.unix_ms().saturating_add(slept))
    }
}

fn wall_time() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place where wall time comes in")]
    OffsetDateTime::from(SystemTime::now()).into()
}

/// By how many milliseconds wall time has run ahead of a clock that sleeps with the machine.
#[derive(Debug, Default)]
struct Slept(AtomicI64);

impl Slept {
    /// Less is the system's clock being trimmed, and no sleep.
    const LEAST_MS: i64 = 1_000;

    /// Wall time is ahead by so much now; how far it was ahead at most.
    fn seen(&self, ahead_ms: i64) -> i64 {
        let before = self.0.load(Ordering::Relaxed);
        if ahead_ms < before.saturating_add(Self::LEAST_MS) {
            return before;
        }
        self.0.fetch_max(ahead_ms, Ordering::Relaxed).max(ahead_ms)
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

    #[test]
    fn the_clock_jumps_forward_after_suspend_and_never_back() {
        let slept = Slept::default();
        let ahead = [3, -5_000, 999, 60_000, 60_400, 59_000, -7, 61_001, 0];
        let shown = ahead.map(|ahead| slept.seen(ahead));
        assert_eq!(shown, [0, 0, 0, 60_000, 60_000, 60_000, 60_000, 61_001, 61_001]);
    }
}
