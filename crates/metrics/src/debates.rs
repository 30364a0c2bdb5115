use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Buckets of the duration of debates, in seconds.
const BUCKETS: [f64; 10] =
    [1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0];

#[derive(Debug)]
pub(crate) struct Debates {
    started: Counter,
    finished: Family<Ended, Counter>,
    active: Gauge,
    rounds: Counter,
    duration: Family<Ended, Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

impl Debates {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let debates = Self {
            started: Counter::default(),
            finished: Family::default(),
            active: Gauge::default(),
            rounds: Counter::default(),
            duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        };
        registry.register("debates_started", "Debates started", debates.started.clone());
        registry.register("debates_finished", "Debates with a verdict", debates.finished.clone());
        registry.register("debates_active", "Debates running", debates.active.clone());
        registry.register("rounds", "Rounds whose ballots were counted", debates.rounds.clone());
        registry.register(
            "debate_duration_seconds",
            "Running time of debates with a verdict, without pauses",
            debates.duration.clone(),
        );
        debates
    }

    pub(crate) fn started(&self) {
        self.started.inc();
    }

    pub(crate) fn active(&self, debates: usize) {
        self.active.set(i64::try_from(debates).unwrap_or(i64::MAX));
    }

    pub(crate) fn round_closed(&self) {
        self.rounds.inc();
    }

    pub(crate) fn finished(&self, outcome: &'static str, running: Duration) {
        let ended = Ended { outcome };
        self.finished.get_or_create(&ended).inc();
        self.duration.get_or_create(&ended).observe(running.as_secs_f64());
    }
}
