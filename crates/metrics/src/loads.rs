use std::sync::atomic::Ordering;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// Loads of models, by host.
#[derive(Debug)]
pub(crate) struct Loads {
    made: Family<OnHost, Counter>,
    avoided: Family<OnHost, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OnHost {
    host: String,
}

impl Loads {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let loads = Self { made: Family::default(), avoided: Family::default() };
        registry.register(
            "model_loads",
            "Loads of models that calls of this server made",
            loads.made.clone(),
        );
        registry.register(
            "model_loads_avoided",
            "Loads that the same calls would have made besides in the order in which they came",
            loads.avoided.clone(),
        );
        loads
    }

    /// The counts as they stand: neither goes back.
    pub(crate) fn count(&self, host: &str, made: u64, avoided: u64) {
        let host = OnHost { host: host.to_owned() };
        for (family, count) in [(&self.made, made), (&self.avoided, avoided)] {
            family.get_or_create(&host).inner().fetch_max(count, Ordering::Relaxed);
        }
    }
}
