#![doc = include_str!("../README.md")]

mod backups;
mod calls;
mod debates;
mod event_metrics;
mod hosts;
mod live_connections;
mod metrics_registry;
mod model_labels;
mod model_loads;
mod requests;
mod text;
mod traffic;

pub use calls::Call;
pub use event_metrics::EventMetrics;
pub use live_connections::{LiveConnection, LiveKind};
pub use metrics_registry::MetricsRegistry;
pub use requests::AnsweredRequest;
pub use traffic::TrafficMetrics;
