use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::model_labels::ModelLabels;

/// The current load of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrafficMetrics<'a> {
    /// The host.
    pub host: &'a str,
    /// The model.
    pub model: &'a str,
    /// Calls in service.
    pub in_service: usize,
    /// Calls waiting in the queue.
    pub waiting: usize,
}

#[derive(Debug)]
pub(crate) struct TrafficGauges {
    models: ModelLabels,
    in_service: Family<Labels, Gauge>,
    waiting: Family<Labels, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    host: String,
    model: String,
}

impl TrafficGauges {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let (in_service, waiting) = (Family::default(), Family::default());
        registry.register("calls_in_service", "Calls in service", in_service.clone());
        registry.register("calls_waiting", "Calls waiting in the queue", waiting.clone());
        Self { models: ModelLabels::default(), in_service, waiting }
    }

    /// Replaces the figures of all models.
    pub(crate) fn now<'a>(&self, traffic: impl IntoIterator<Item = TrafficMetrics<'a>>) {
        self.in_service.clear();
        self.waiting.clear();
        for TrafficMetrics { host, model, in_service, waiting } in traffic {
            let labels = Labels { host: host.to_owned(), model: self.models.label(Some(model)) };
            for (gauge, calls) in [(&self.in_service, in_service), (&self.waiting, waiting)] {
                let calls = i64::try_from(calls).unwrap_or(i64::MAX);
                gauge.get_or_create(&labels).inc_by(calls);
            }
        }
    }
}
