#![doc = include_str!("../README.md")]

mod calls;
mod debates;
mod live;
mod loads;
mod metrics;
mod models;
mod requests;
mod text;

pub use calls::Call;
pub use live::{LiveConnection, LiveKind};
pub use metrics::Metrics;
pub use requests::Request;
