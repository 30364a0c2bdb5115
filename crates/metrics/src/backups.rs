use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// The scheduled backups.
#[derive(Debug)]
pub(crate) struct Backups {
    made: Family<Made, Counter>,
    /// Without a sample until there is a backup, since 0 would read as one of 1970.
    last: Family<Unlabelled, Gauge>,
    seconds: Family<Unlabelled, Gauge<f64, std::sync::atomic::AtomicU64>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Made {
    outcome: &'static str,
}

/// No labels.
type Unlabelled = [(&'static str, &'static str); 0];

impl Backups {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let backups =
            Self { made: Family::default(), last: Family::default(), seconds: Family::default() };
        registry.register(
            "backups",
            "Scheduled backups since the server started: success or failure",
            backups.made.clone(),
        );
        registry.register(
            "backup_last_success_timestamp_seconds",
            "Unix time of the last scheduled backup",
            backups.last.clone(),
        );
        registry.register(
            "backup_last_duration_seconds",
            "Time that the last scheduled backup took",
            backups.seconds.clone(),
        );
        backups
    }

    pub(crate) fn found(&self, at: i64) {
        self.last.get_or_create(&[]).set(at);
    }

    pub(crate) fn succeeded(&self, at: i64, took: Duration) {
        self.found(at);
        self.seconds.get_or_create(&[]).set(took.as_secs_f64());
        self.made.get_or_create(&Made { outcome: "success" }).inc();
    }

    pub(crate) fn failed(&self) {
        self.made.get_or_create(&Made { outcome: "failure" }).inc();
    }
}
