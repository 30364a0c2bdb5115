//! Pauses that double, for calls, for hosts that fail, and for hosts that are away.

use std::time::Duration;

use crate::ChatError;

/// A pause that doubles each time, up to the longest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl Backoff {
    /// The `nth` pause in a row (1, 2, …).
    pub(super) fn pause(self, nth: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(nth.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }

    /// The same, drawn between its half and its whole, so that callers that failed together do not
    /// come back together. `draw` is uniform in 0..1.
    pub(super) fn jittered(self, nth: u32, draw: f64) -> Duration {
        self.pause(nth).mul_f64(0.5 + draw / 2.0)
    }
}

/// When and how often a call is sent again.
///
/// Only a call without output is sent again, and only after an error that may pass
/// ([`ChatError::is_transient`]). The pauses double from `first_pause` to `longest_pause`, each drawn
/// between its half and its whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySettings {
    /// How often a call is sent at most (4), the first time included.
    pub attempts: u32,
    /// The pause after the first attempt (500 ms).
    pub first_pause: Duration,
    /// The longest pause (15 s). A host that asks for a longer one is not asked again.
    pub longest_pause: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(15),
        }
    }
}

impl RetrySettings {
    /// The pause after this attempt (1, 2, …) failed, or `None` if it was the last. `draw` is
    /// uniform in 0..1.
    pub(super) fn pause(&self, attempt: u32, error: &ChatError, draw: f64) -> Option<Duration> {
        if attempt >= self.attempts || !error.is_transient() {
            return None;
        }
        let backoff = Backoff { first: self.first_pause, longest: self.longest_pause };
        let asked = error.retry_after().unwrap_or_default();
        (asked <= self.longest_pause).then(|| backoff.jittered(attempt, draw).max(asked))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failed(retry_after: Option<Duration>) -> ChatError {
        let host = crate::HostName::new("local").unwrap();
        ChatError::Failed { host, detail: "gone".into(), retry_after, source: None }
    }

    #[test]
    fn a_host_that_asks_for_a_longer_pause_gets_it() {
        let retry = RetrySettings::default();
        let rest = Duration::from_secs(9);
        assert_eq!(retry.pause(1, &failed(Some(rest)), 0.5), Some(rest));
    }

    #[test]
    fn a_host_that_asks_for_too_long_a_pause_is_not_asked_again() {
        let retry = RetrySettings::default();
        assert_eq!(retry.pause(1, &failed(Some(Duration::from_secs(16))), 0.5), None);
    }

    proptest! {
        #[test]
        fn pauses_double_within_their_bounds(attempt in 1_u32..200, draw in 0.0..1.0_f64) {
            let retry = RetrySettings { attempts: u32::MAX, ..RetrySettings::default() };
            let pause = retry.pause(attempt, &failed(None), draw).unwrap();
            let whole = Duration::from_millis(500 << (attempt - 1).min(20)).min(retry.longest_pause);
            prop_assert!(pause >= whole / 2 && pause <= whole);
        }

        #[test]
        fn attempts_are_bounded(attempts in 0_u32..9, attempt in 1_u32..20) {
            let retry = RetrySettings { attempts, ..RetrySettings::default() };
            prop_assert_eq!(retry.pause(attempt, &failed(None), 0.0).is_some(), attempt < attempts);
        }
    }
}
