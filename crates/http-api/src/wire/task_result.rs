use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synod_agents::{Task, TaskQueuePosition, TaskState, TaskStatus};
use synod_domain::Timestamp;

use super::TaskProduct;

/// Which tasks to list.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct TasksQuery {
    /// Only tasks of this status
    #[garde(skip)]
    pub(crate) status: Option<TaskWord>,
    /// Maximum number of tasks to return
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 500))]
    pub(crate) limit: usize,
}

const fn default_limit() -> usize {
    50
}

/// The status of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TaskState")]
pub(crate) enum TaskWord {
    Queued,
    Running,
    Completed,
    Failed,
    TimedOut,
    Cancelled,
}

/// Task execution result model.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TaskResult {
    /// Its id
    #[schemars(extend("format" = "uuid"))]
    pub(crate) task_id: String,
    /// The status
    pub(crate) status: TaskWord,
    /// The output, once completed: `response` of a text, `embeddings` of texts
    pub(crate) result: Option<TaskProduct>,
    /// The error, if it failed
    pub(crate) error: Option<String>,
    /// The agent
    pub(crate) agent_used: Option<String>,
    /// Time of acceptance, RFC 3339, UTC
    #[schemars(with = "Timestamp")]
    pub(crate) timestamp: String,
    /// Seconds from acceptance to the end, once it has ended
    pub(crate) execution_time_seconds: Option<f64>,
    /// The place in the queue, while it waits for a busy model
    pub(crate) queue: Option<TaskQueue>,
}

/// The place of a task in the queue.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TaskQueue {
    /// Number of calls ahead
    pub(crate) ahead: usize,
    /// Estimated start, RFC 3339, UTC; null before the first call has ended
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) expected_start: Option<String>,
}

impl From<TaskQueuePosition> for TaskQueue {
    fn from(TaskQueuePosition { ahead, expected_start }: TaskQueuePosition) -> Self {
        Self { ahead, expected_start: expected_start.map(|at| at.to_string()) }
    }
}

/// Some tasks.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TaskResults {
    /// Tasks, newest first
    pub(crate) tasks: Vec<TaskResult>,
}

impl From<&Task> for TaskResult {
    fn from(task: &Task) -> Self {
        let (result, error) = match &task.state {
            TaskState::Queued | TaskState::Running => (None, None),
            TaskState::Completed(product) => (Some(TaskProduct::of(task, product)), None),
            TaskState::Failed(error) => (None, Some(error.to_string())),
            TaskState::TimedOut => (None, Some("the task was not done in time".to_owned())),
            TaskState::Cancelled => {
                (None, Some("the client left before the task ended".to_owned()))
            }
        };
        Self {
            task_id: task.id.to_string(),
            status: task.state.status().into(),
            result,
            error,
            agent_used: Some(task.agent.to_string()),
            timestamp: task.accepted_at.to_string(),
            execution_time_seconds: task.took.as_ref().map(Duration::as_secs_f64),
            queue: task.queue_position.map(TaskQueue::from),
        }
    }
}

impl From<TaskStatus> for TaskWord {
    fn from(status: TaskStatus) -> Self {
        match status {
            TaskStatus::Queued => Self::Queued,
            TaskStatus::Running => Self::Running,
            TaskStatus::Completed => Self::Completed,
            TaskStatus::Failed => Self::Failed,
            TaskStatus::TimedOut => Self::TimedOut,
            TaskStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<TaskWord> for TaskStatus {
    fn from(word: TaskWord) -> Self {
        match word {
            TaskWord::Queued => Self::Queued,
            TaskWord::Running => Self::Running,
            TaskWord::Completed => Self::Completed,
            TaskWord::Failed => Self::Failed,
            TaskWord::TimedOut => Self::TimedOut,
            TaskWord::Cancelled => Self::Cancelled,
        }
    }
}
