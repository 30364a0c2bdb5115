use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use synod_domain::{AgentId, Timestamp};
use synod_event_log::TypedRecord;
use synod_inference::{Completion, Embeddings, HostName, ModelName, StopReason, Timings, Usage};

use super::{Task, TaskId, TaskOutput, TaskState};
use crate::{AgentOperation, ModelReply, TaskError};

/// A task as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TaskRecord {
    agent: AgentId,
    operation: String,
    accepted_at: Timestamp,
    #[serde(default)]
    took: Option<Duration>,
    state: StateRecord,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateRecord {
    Unfinished(TaskOwner),
    Completed(OutputRecord),
    Failed { error: String },
    TimedOut,
    Cancelled,
}

/// The process that runs a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TaskOwner {
    /// The name of the process.
    pub(super) process: Arc<str>,
    /// When the task has ended at the latest, if the process runs.
    pub(super) ends_by: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutputRecord {
    Text(Box<TextRecord>),
    Vectors(VectorsRecord),
}

#[derive(Debug, Serialize, Deserialize)]
struct TextRecord {
    host: HostName,
    model: ModelName,
    text: String,
    #[serde(default)]
    thinking: String,
    /// The limit of output tokens, or the end of the window, cut the reply.
    #[serde(default)]
    is_cut: bool,
    prompt_tokens: Option<u32>,
    output_tokens: Option<u32>,
    queued_ms: Option<u64>,
    load_ms: Option<u64>,
    first_token_ms: Option<u64>,
    generation_ms: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct VectorsRecord {
    host: HostName,
    model: ModelName,
    vectors: Vec<Vec<f32>>,
    prompt_tokens: Option<u32>,
}

impl TypedRecord for TaskRecord {
    const KIND: &'static str = "task";
}

impl TaskRecord {
    pub(super) fn new(task: &Task, owner: TaskOwner) -> Self {
        Self {
            agent: task.agent.clone(),
            operation: task.operation.to_string(),
            accepted_at: task.accepted_at,
            took: task.took,
            state: match &task.state {
                TaskState::Queued | TaskState::Running => StateRecord::Unfinished(owner),
                TaskState::Completed(output) => StateRecord::Completed(OutputRecord::of(output)),
                TaskState::Failed(error) => StateRecord::Failed { error: error.to_string() },
                TaskState::TimedOut => StateRecord::TimedOut,
                TaskState::Cancelled => StateRecord::Cancelled,
            },
        }
    }

    /// The process that runs the task; `None` once it has ended.
    pub(super) const fn owner(&self) -> Option<&TaskOwner> {
        match &self.state {
            StateRecord::Unfinished(owner) => Some(owner),
            StateRecord::Completed(_)
            | StateRecord::Failed { .. }
            | StateRecord::TimedOut
            | StateRecord::Cancelled => None,
        }
    }

    /// Returns the task, which no process runs; `None` if this program does not know the operation.
    pub(super) fn into_task(self, id: TaskId) -> Option<Task> {
        let operation: AgentOperation = self.operation.parse().ok()?;
        let failed = |error| TaskState::Failed(Box::new(error));
        Some(Task {
            id,
            agent: self.agent,
            operation,
            accepted_at: self.accepted_at,
            queue_position: None,
            took: self.took,
            state: match self.state {
                StateRecord::Unfinished(_) => failed(TaskError::ProcessEnded),
                StateRecord::Completed(output) => TaskState::Completed(Box::new(output.into())),
                StateRecord::Failed { error } => failed(TaskError::Earlier(error)),
                StateRecord::TimedOut => TaskState::TimedOut,
                StateRecord::Cancelled => TaskState::Cancelled,
            },
        })
    }
}

impl OutputRecord {
    fn of(output: &TaskOutput) -> Self {
        match output {
            TaskOutput::Text(reply) => {
                let Completion { reason, usage, thought_tokens: _, timings } = &reply.completion;
                Self::Text(Box::new(TextRecord {
                    host: reply.host.clone(),
                    model: reply.model.clone(),
                    text: reply.text.clone(),
                    thinking: reply.thinking.clone(),
                    is_cut: *reason == StopReason::Length,
                    prompt_tokens: usage.prompt_tokens,
                    output_tokens: usage.output_tokens,
                    queued_ms: timings.queued_ms,
                    load_ms: timings.load_ms,
                    first_token_ms: timings.first_token_ms,
                    generation_ms: timings.generation_ms,
                }))
            }
            TaskOutput::Vectors { host, model, embeddings } => Self::Vectors(VectorsRecord {
                host: host.clone(),
                model: model.clone(),
                vectors: embeddings.vectors.clone(),
                prompt_tokens: embeddings.prompt_tokens,
            }),
        }
    }
}

impl From<OutputRecord> for TaskOutput {
    fn from(record: OutputRecord) -> Self {
        match record {
            OutputRecord::Text(record) => Self::Text(ModelReply {
                completion: Completion {
                    reason: if record.is_cut { StopReason::Length } else { StopReason::Stop },
                    usage: Usage {
                        prompt_tokens: record.prompt_tokens,
                        output_tokens: record.output_tokens,
                    },
                    thought_tokens: None,
                    timings: Timings {
                        queued_ms: record.queued_ms,
                        load_ms: record.load_ms,
                        first_token_ms: record.first_token_ms,
                        generation_ms: record.generation_ms,
                    },
                },
                host: record.host,
                model: record.model,
                text: record.text,
                thinking: record.thinking,
            }),
            OutputRecord::Vectors(VectorsRecord { host, model, vectors, prompt_tokens }) => {
                Self::Vectors { host, model, embeddings: Embeddings { vectors, prompt_tokens } }
            }
        }
    }
}
