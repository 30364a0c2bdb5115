use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// An answered request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweredRequest {
    /// The method, one of a fixed set.
    pub method: &'static str,
    /// The route, such as `/agents/{agent_id}/status`; never the path itself.
    pub route: &'static str,
    /// The status of the response.
    pub status: u16,
}

/// Buckets of response times, in seconds: responses from memory take less than one, those of models
/// minutes.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0];

#[derive(Debug)]
pub(crate) struct Requests {
    total: Family<Answered, Counter>,
    duration: Family<Asked, Histogram>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: u16,
}

impl Requests {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let total = Family::default();
        registry.register("http_requests", "Requests answered", total.clone());
        let duration = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> _);
        registry.register(
            "http_request_duration_seconds",
            "Time from a request to the head of its response",
            duration.clone(),
        );
        Self { total, duration }
    }

    pub(crate) fn answered(&self, request: AnsweredRequest, took: Duration) {
        let AnsweredRequest { method, route, status } = request;
        self.duration.get_or_create(&Asked { method, route }).observe(took.as_secs_f64());
        self.total.get_or_create(&Answered { method, route, status }).inc();
    }
}
