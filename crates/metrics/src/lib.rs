#![doc = include_str!("../README.md")]

mod calls;
mod debates;
mod event_metrics;
mod hosts;
mod live;
mod loads;
mod metrics;
mod models;
mod requests;
mod text;
mod traffic;

pub use calls::Call;
pub use event_metrics::EventMetrics;
pub use live::{LiveConnection, LiveKind};
pub use metrics::Metrics;
pub use requests::Request;
pub use traffic::Traffic;
