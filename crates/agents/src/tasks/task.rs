use std::{fmt, str::FromStr, time::Duration};

use synod_domain::{AgentId, InvalidId, Timestamp};
use synod_inference::{AdmissionClass, Embeddings, HostName, ModelName};
use uuid::Uuid;

use crate::{AgentsError, ModelReply, Operation};

/// A task's id: a UUID of version 7, so ids sort by acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(Uuid);

/// What an agent is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskOrder {
    /// What.
    pub work: TaskInput,
    /// How soon it is admitted.
    pub class: AdmissionClass,
    /// The longest it may take, from acceptance on; `None`: 300 s.
    pub time_limit: Option<Duration>,
}

/// The work of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskInput {
    /// Answer a message.
    Chat(TextInput),
    /// Take a text apart.
    Analyze(TextInput),
    /// Say in short what a text says.
    Summarize(TextInput),
    /// Say what is weak in a text.
    Critique(TextInput),
    /// Turn texts into vectors.
    Embed(Vec<String>),
}

/// Something to write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextInput {
    /// The message, or the text to work on.
    pub text: String,
    /// What else the agent is told to do, or how.
    pub instructions: Option<String>,
    /// What it should know.
    pub context: Option<String>,
    /// What is asked about the text.
    pub question: Option<String>,
    /// Softmax temperature; `None`: the model's own.
    pub temperature: Option<f32>,
    /// Most tokens of the reply; `None`: 2,048.
    pub max_tokens: Option<u32>,
}

/// A task and what has become of it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Whose it is.
    pub agent: AgentId,
    /// What is to be done.
    pub operation: Operation,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// How far it is.
    pub state: TaskState,
    /// Where it stands while it waits for a model that is busy.
    pub queue_position: Option<QueuePosition>,
    /// From acceptance to the end; `None` before.
    pub took: Option<Duration>,
}

/// Where a task stands that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePosition {
    /// Calls that go first, as things stand.
    pub ahead: usize,
    /// When it will begin, by the time that calls took before; `None` where none has ended yet.
    pub expected_start: Option<Timestamp>,
}

/// How far a task is.
#[derive(Clone, Debug)]
pub enum TaskState {
    /// It waits for its model.
    Queued,
    /// Its model works on it, or is being loaded for it.
    Running,
    /// It is done.
    Completed(Box<TaskOutput>),
    /// It cannot be done.
    Failed(Box<AgentsError>),
    /// It was not done in time, and is given up.
    TimedOut,
    /// Nobody wants it any more.
    Cancelled,
}

/// What a task has brought.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskOutput {
    /// A text.
    Text(ModelReply),
    /// Vectors, one for each text.
    Vectors {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// The vectors.
        embeddings: Embeddings,
    },
}

/// How far a task is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// It waits for its model.
    Queued,
    /// Its model works on it.
    Running,
    /// It is done.
    Completed,
    /// It cannot be done.
    Failed,
    /// It was not done in time.
    TimedOut,
    /// Nobody wants it any more.
    Cancelled,
}

impl TaskId {
    /// An id greater than all before.
    pub(super) fn next() -> Self {
        Self(Uuid::now_v7())
    }
}

impl TaskInput {
    /// What is to be done, in a word.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Chat(_) => Operation::Chat,
            Self::Analyze(_) => Operation::Analyze,
            Self::Summarize(_) => Operation::Summarize,
            Self::Critique(_) => Operation::Critique,
            Self::Embed(_) => Operation::Embed,
        }
    }
}

impl TaskState {
    /// In a word.
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

    /// It will not change any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Completed(_) | Self::Failed(_) | Self::TimedOut | Self::Cancelled => true,
        }
    }
}

impl TaskOutput {
    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(said) => said.text.len() + said.thinking.len(),
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
