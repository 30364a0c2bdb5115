#![doc = include_str!("../README.md")]

mod agent;
mod assignment;
mod changes;
mod context_fit;
mod directory;
mod error;
mod factory;
mod model_lists;
mod model_reply;
mod model_source;
mod operation;
mod prompt;
mod registry;
mod statistics;
mod tasks;

pub use agent::Agent;
pub use assignment::{AssignedProfiles, assign_models, assign_models_with};
pub use changes::AgentWatch;
pub use context_fit::{ContextFit, ContextLength};
pub use directory::{AgentDirectory, AgentReport, AgentStatus, DirectoryVersion};
pub use error::{AgentsFileError, AssignmentError, DirectoryError, TaskError, UnknownAgent};
pub use factory::AgentFactory;
pub use model_reply::ModelReply;
pub use model_source::ModelSource;
pub use operation::{AgentOperation, UnknownOperation};
pub use prompt::TextInput;
pub use registry::{AgentChange, Registry};
pub use statistics::AgentStatistics;
pub use tasks::{
    AgentChat, Task, TaskId, TaskInput, TaskOrder, TaskOutput, TaskQueuePosition, TaskRunner,
    TaskState, TaskStatus,
};
