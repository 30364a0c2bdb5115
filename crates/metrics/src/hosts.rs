use std::sync::atomic::Ordering;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// The state of the hosts of models.
#[derive(Debug)]
pub(crate) struct Hosts {
    resting: Family<OnHost, Gauge>,
    left: Family<OnHost, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OnHost {
    host: String,
}

impl OnHost {
    pub(crate) fn named(host: &str) -> Self {
        Self { host: host.to_owned() }
    }
}

impl Hosts {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let hosts = Self { resting: Family::default(), left: Family::default() };
        registry.register(
            "host_resting",
            "1 while calls avoid a host because it failed, else 0",
            hosts.resting.clone(),
        );
        registry.register(
            "calls_moved",
            "Calls that moved to another host before any output",
            hosts.left.clone(),
        );
        hosts
    }

    pub(crate) fn set(&self, host: &str, is_resting: bool, left: u64) {
        let labels = OnHost::named(host);
        self.resting.get_or_create(&labels).set(i64::from(is_resting));
        self.left.get_or_create(&labels).inner().fetch_max(left, Ordering::Relaxed);
    }
}
