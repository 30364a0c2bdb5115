use std::sync::atomic::Ordering;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// How it stands with the hosts of models.
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
            "1 while a host of models is left alone, since it failed; else 0",
            hosts.resting.clone(),
        );
        registry.register(
            "calls_moved",
            "Calls that left a host for another before they had any output",
            hosts.left.clone(),
        );
        hosts
    }

    pub(crate) fn stand(&self, host: &str, is_resting: bool, left: u64) {
        let labels = OnHost::named(host);
        self.resting.get_or_create(&labels).set(i64::from(is_resting));
        self.left.get_or_create(&labels).inner().fetch_max(left, Ordering::Relaxed);
    }
}
