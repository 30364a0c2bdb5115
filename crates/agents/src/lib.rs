#![doc = include_str!("../README.md")]

mod agent;
mod cast;
mod changes;
mod context_fit;
mod desk;
mod error;
mod listings;
mod model_source;
mod operation;
mod prompt;
mod registry;
mod roster;
mod said;
mod seat;
mod statistics;

pub use agent::Agent;
pub use cast::AgentCast;
pub use changes::AgentWatch;
pub use context_fit::ContextFit;
pub use desk::{
    InLine, Product, Talk, Task, TaskDesk, TaskId, TaskOrder, TaskState, TaskStatus, Work, Writing,
};
pub use error::AgentsError;
pub use model_source::ModelSource;
pub use operation::{Operation, UnknownOperation};
pub use registry::{AgentChange, Registry};
pub use roster::{AgentReport, AgentStatus, Edition, Roster};
pub use said::Said;
pub use seat::{Seats, seat};
pub use statistics::AgentStatistics;
