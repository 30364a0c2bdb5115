use crate::Timestamp;

/// A source of wall time. No other code in Synod reads the system's clock.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A clock that moves only when [`advance`](Self::advance) is called.
#[cfg(feature = "test-util")]
#[derive(Debug, Default)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

#[cfg(feature = "test-util")]
impl ManualClock {
    /// A clock at this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(now.unix_ms().into())
    }

    /// Moves the clock forward.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(feature = "test-util")]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
