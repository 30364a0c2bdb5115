#![doc = include_str!("../README.md")]

mod agent;
mod cast;
mod error;
mod model_source;
mod prompt;
mod registry;
mod seat;
mod statistics;

pub use agent::Agent;
pub use cast::AgentCast;
pub use error::AgentsError;
pub use model_source::ModelSource;
pub use registry::Registry;
pub use seat::{Seats, seat};
pub use statistics::AgentStatistics;
