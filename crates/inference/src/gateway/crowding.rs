use parking_lot::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// The time without another failure after which one more call at a time is allowed.
const GROWTH: Duration = Duration::from_mins(10);

/// How many calls a model serves at a time on a host whose calls share one context, as calls have
/// shown that did not fit it together.
pub(super) struct Crowding {
    /// As the host says, or the settings.
    most: usize,
    state: Mutex<State>,
}

struct State {
    /// As was learnt last; one more for each [`GROWTH`] since.
    limit: usize,
    lowered: Option<Instant>,
}

/// What a call that did not fit has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowd {
    /// It was one of several: it may fit with fewer others.
    Several,
    /// It was alone, and is too long by itself.
    Alone,
}

impl Crowding {
    pub(super) const fn new(most: usize) -> Self {
        let most = if most == 0 { 1 } else { most };
        Self { most, state: Mutex::new(State { limit: most, lowered: None }) }
    }

    /// Calls that may be made at a time now.
    pub(super) fn limit(&self) -> usize {
        self.state.lock().limit(self.most)
    }

    /// A call that was sent at this time failed, one of `in_service` calls.
    /// Calls that failed together halve the limit once.
    pub(super) fn met(&self, sent: Instant, in_service: usize) -> Crowd {
        let mut state = self.state.lock();
        if state.lowered.is_some_and(|lowered| sent < lowered) {
            return Crowd::Several;
        }
        if in_service <= 1 {
            return Crowd::Alone;
        }
        let limit = state.limit(self.most).min(in_service) / 2;
        *state = State { limit: limit.max(1), lowered: Some(Instant::now()) };
        Crowd::Several
    }
}

impl State {
    fn limit(&self, most: usize) -> usize {
        let since = self.lowered.map_or(Duration::ZERO, |lowered| lowered.elapsed());
        let grown = usize::try_from(since.as_secs() / GROWTH.as_secs()).unwrap_or(usize::MAX);
        self.limit.saturating_add(grown).min(most)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_that_fail_together_halve_the_limit_once() {
        let crowding = Crowding::new(4);
        let sent = Instant::now();
        advance(Duration::from_secs(5)).await;
        let shown = [4, 3, 2, 1].map(|in_service| crowding.met(sent, in_service));
        assert_eq!((shown, crowding.limit()), ([Crowd::Several; 4], 2));
        advance(Duration::from_secs(1)).await;
        let sent = Instant::now();
        advance(Duration::from_secs(5)).await;
        assert_eq!(crowding.met(sent, 2), Crowd::Several);
        assert_eq!((crowding.met(sent, 1), crowding.limit()), (Crowd::Several, 1));
        advance(Duration::from_secs(1)).await;
        assert_eq!(crowding.met(Instant::now(), 1), Crowd::Alone);
        assert_eq!(crowding.limit(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_grows_by_one_in_ten_minutes_up_to_what_was_set() {
        let crowding = Crowding::new(4);
        crowding.met(Instant::now(), 3);
        let mut limits = vec![crowding.limit()];
        for _ in 0..5 {
            advance(GROWTH).await;
            limits.push(crowding.limit());
        }
        assert_eq!(limits, [1, 2, 3, 4, 4, 4]);
    }

    proptest! {
        #[test]
        fn the_limit_is_never_less_than_one_nor_more_than_was_set(
            most in 0_usize..40,
            failures in prop::collection::vec((0_u64..2_000, 0_usize..50), 0..20),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let crowding = Crowding::new(most);
                for (pause, in_service) in failures {
                    advance(Duration::from_secs(pause)).await;
                    crowding.met(Instant::now(), in_service);
                    assert!((1..=most.max(1)).contains(&crowding.limit()));
                }
            });
        }
    }
}
