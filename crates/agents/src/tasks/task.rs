use std::{fmt, str::FromStr, time::Duration};

use synod_domain::{AgentId, InvalidId, Timestamp};
use synod_inference::{AdmissionClass, Embeddings, HostName, ModelName};
use uuid::Uuid;

use crate::{AgentOperation, ModelReply, TaskError, TextInput};

/// The id of a task: a UUID of version 7, so that ids sort by time of acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(Uuid);

/// A task to be run by an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskOrder {
    /// The operation and its input.
    pub input: TaskInput,
    /// The admission class, which decides how soon the task runs.
    pub class: AdmissionClass,
    /// The time limit, from acceptance on; `None`: 300 s.
    pub time_limit: Option<Duration>,
}

/// The operation of a task, with its input.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskInput {
    /// Answer a message.
    Chat(TextInput),
    /// Analyze a text.
    Analyze(TextInput),
    /// Summarize a text.
    Summarize(TextInput),
    /// Criticize a text.
    Critique(TextInput),
    /// Compute the embedding vectors of texts.
    Embed(Vec<String>),
}

/// A task and its current state.
#[derive(Clone, Debug)]
pub struct Task {
    /// The id of the task.
    pub id: TaskId,
    /// The agent that runs it.
    pub agent: AgentId,
    /// The operation.
    pub operation: AgentOperation,
    /// Time of acceptance.
    pub accepted_at: Timestamp,
    /// Current state.
    pub state: TaskState,
    /// The place in the queue while the task waits for a busy model.
    pub queue_position: Option<TaskQueuePosition>,
    /// Time from acceptance to the end; `None` before the end.
    pub took: Option<Duration>,
}

/// The place of a waiting task in the queue of its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskQueuePosition {
    /// Number of calls ahead of it at present.
    pub ahead: usize,
    /// Estimated start, from the duration of earlier calls; `None` before the first has ended.
    pub expected_start: Option<Timestamp>,
}

/// The state of a task, with its result.
#[derive(Clone, Debug)]
pub enum TaskState {
    /// The task waits for its model.
    Queued,
    /// The model works on the task, or is being loaded for it.
    Running,
    /// The task succeeded.
    Completed(Box<TaskOutput>),
    /// The task failed.
    Failed(Box<TaskError>),
    /// The time limit was reached.
    TimedOut,
    /// The caller dropped the task.
    Cancelled,
}

/// The result of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskOutput {
    /// A text reply.
    Text(ModelReply),
    /// Embedding vectors, one per text.
    Vectors {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// The vectors.
        embeddings: Embeddings,
    },
}

/// The state of a task, without its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// The task waits for its model.
    Queued,
    /// The model works on the task.
    Running,
    /// The task succeeded.
    Completed,
    /// The task failed.
    Failed,
    /// The time limit was reached.
    TimedOut,
    /// The caller dropped the task.
    Cancelled,
}

impl TaskId {
    /// Returns an id greater than all earlier ones.
    pub(super) fn next() -> Self {
        Self(Uuid::now_v7())
    }
}

impl TaskInput {
    /// Returns the operation.
    #[must_use]
    pub const fn operation(&self) -> AgentOperation {
        match self {
            Self::Chat(_) => AgentOperation::Chat,
            Self::Analyze(_) => AgentOperation::Analyze,
            Self::Summarize(_) => AgentOperation::Summarize,
            Self::Critique(_) => AgentOperation::Critique,
            Self::Embed(_) => AgentOperation::Embed,
        }
    }
}

impl TaskState {
    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> TaskStatus {
        match self {
            Self::Queued => TaskStatus::Queued,
            Self::Running => TaskStatus::Running,
            Self::Completed(_) => TaskStatus::Completed,
            Self::Failed(_) => TaskStatus::Failed,
            Self::TimedOut => TaskStatus::TimedOut,
            Self::Cancelled => TaskStatus::Cancelled,
        }
    }

    /// Whether the task has ended.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Completed(_) | Self::Failed(_) | Self::TimedOut | Self::Cancelled => true,
        }
    }
}

impl TaskOutput {
    /// Returns the approximate size in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(reply) => reply.text.len() + reply.thinking.len(),
            Self::Vectors { embeddings, .. } => {
                embeddings.vectors.iter().map(|vector| vector.len() * size_of::<f32>()).sum()
            }
        }
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for TaskId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId { kind: "task id" })
    }
}
