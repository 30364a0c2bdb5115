#![doc = include_str!("../README.md")]

mod id;
mod scale;

pub use id::{AgentId, DebateId, HostName, InvalidId, ModelName};
pub use scale::Scale;
