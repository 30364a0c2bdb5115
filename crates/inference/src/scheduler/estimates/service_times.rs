use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// How long the calls of a model keep their slots, as the last ones have shown.
///
/// It counts the time in which the host works on a call, without its load, which later calls do not need.
#[derive(Debug, Default)]
pub(in crate::scheduler) struct ServiceTimes {
    mean: Option<Duration>,
    /// Since when the host works on the calls in service.
    working: HashMap<u64, Instant>,
}

/// How much the last call counts in the mean of all.
const WEIGHT: f64 = 0.25;

impl ServiceTimes {
    /// The host works on a call of this number now.
    pub(in crate::scheduler) fn begin(&mut self, call: u64, now: Instant) {
        self.working.entry(call).or_insert(now);
    }

    /// A call has given up its slot.
    pub(in crate::scheduler) fn end(&mut self, call: u64, now: Instant) {
        let Some(since) = self.working.remove(&call) else { return };
        let took = now.saturating_duration_since(since);
        self.mean = Some(match self.mean {
            Some(mean) => mean.mul_f64(1.0 - WEIGHT) + took.mul_f64(WEIGHT),
            None => took,
        });
    }

    /// How long a call takes on average. `None` until one has ended.
    pub(in crate::scheduler) const fn mean(&self) -> Option<Duration> {
        self.mean
    }

    /// How long a call waits with `ahead` calls before it while `in_service` are served: the rest of those
    /// in service, and the mean for each of the others. `None` until a call has ended.
    pub(in crate::scheduler) fn wait(
        &self,
        ahead: usize,
        in_service: usize,
        now: Instant,
    ) -> Option<Duration> {
        let mean = self.mean?;
        let rest = |since: &Instant| mean.saturating_sub(now.saturating_duration_since(*since));
        let mut rests: Vec<_> = self.working.values().map(rest).collect();
        // A call whose model is being loaded has all of its time before it.
        rests.resize(in_service.max(1), mean);
        rests.sort_unstable();
        // Slots become free in turn, each after one more call.
        let (rounds, place) = (ahead / rests.len(), ahead % rests.len());
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        Some(mean.saturating_mul(rounds).saturating_add(rests[place]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_is_expected_until_a_call_has_ended() {
        let (mut times, now) = (ServiceTimes::default(), Instant::now());
        times.begin(0, now);
        assert_eq!(times.wait(0, 1, now + seconds(1)), None);
        times.end(0, now + seconds(8));
        assert_eq!(times.wait(0, 1, now + seconds(8)), Some(seconds(8)));
    }

    #[test]
    fn a_wait_is_the_rest_in_service_plus_a_mean_per_call() {
        let (mut times, now) = (ServiceTimes::default(), Instant::now());
        times.begin(0, now);
        times.end(0, now + seconds(10));
        times.begin(1, now + seconds(10));
        times.begin(2, now + seconds(14));
        let at = |ahead, second| times.wait(ahead, 2, now + seconds(second)).unwrap();
        let waits = [0, 1, 2, 3, 4].map(|ahead| at(ahead, 16));
        assert_eq!(waits, [4, 8, 14, 18, 24].map(seconds));
        assert_eq!(at(0, 21), seconds(0), "it takes longer than most");
        assert_eq!(times.wait(0, 3, now + seconds(22)), Some(seconds(0)));
        assert_eq!(times.wait(2, 3, now + seconds(22)), Some(seconds(10)), "one is loading");
        assert!(times.wait(usize::MAX, 1, now).is_some());
    }

    #[test]
    fn a_call_that_the_host_did_not_work_on_tells_nothing() {
        let (mut times, now) = (ServiceTimes::default(), Instant::now());
        times.end(7, now + seconds(90));
        assert_eq!(times.wait(0, 1, now), None);
    }

    #[test]
    fn the_last_calls_count_for_more() {
        let (mut times, now) = (ServiceTimes::default(), Instant::now());
        for (call, took) in [(0, 20), (1, 10)] {
            times.begin(call, now);
            times.end(call, now + seconds(took));
        }
        assert_eq!(times.wait(0, 1, now), Some(Duration::from_millis(17_500)));
    }
}
