use std::sync::atomic::Ordering;

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use crate::hosts::OnHost;

/// Model loads by host.
#[derive(Debug)]
pub(crate) struct ModelLoads {
    made: Family<OnHost, Counter>,
    avoided: Family<OnHost, Counter>,
}

impl ModelLoads {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let loads = Self { made: Family::default(), avoided: Family::default() };
        registry.register(
            "model_loads",
            "Model loads made by calls of this server",
            loads.made.clone(),
        );
        registry.register(
            "model_loads_avoided",
            "Model loads avoided by grouping calls",
            loads.avoided.clone(),
        );
        loads
    }

    /// Sets both counts, which never decrease.
    pub(crate) fn count(&self, host: &str, made: u64, avoided: u64) {
        let host = OnHost::named(host);
        for (family, count) in [(&self.made, made), (&self.avoided, avoided)] {
            family.get_or_create(&host).inner().fetch_max(count, Ordering::Relaxed);
        }
    }
}
