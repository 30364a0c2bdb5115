mod chat;
mod execution;
mod open_task;
mod recorder;
mod store;
mod task;
mod task_record;

use std::{sync::Arc, time::Duration};

use synod_domain::{AgentId, AgentProfile};
use synod_event_log::LogError;
use synod_inference::{ChatError, ChatRequest, Flow, Message, Role, Sampling};
use tokio::time::timeout;

pub use chat::AgentChat;
pub use task::{
    Task, TaskId, TaskInput, TaskOrder, TaskOutput, TaskQueuePosition, TaskState, TaskStatus,
};

use crate::{
    AgentDirectory, ModelReply, TaskError, model_reply::request_reply, statistics::FinishedCall,
};
use execution::Execution;
use open_task::OpenTask;
use recorder::TaskRecorder;
use store::TaskStore;

/// The default time limit of a task or a chat.
const TIME_LIMIT: Duration = Duration::from_mins(5);

/// The default limit of a reply, in tokens.
const MAX_TOKENS: u32 = 2_048;

/// Runs tasks and chats of agents outside of debates, and keeps the results: all tasks under way and the
/// newest 1,000 that have ended. Clones share everything.
///
/// A task is stored when it is accepted, and again before [`execute`](Self::execute) returns.
/// [`load`](Self::load) reads the tasks of earlier processes, and [`save`](Self::save) stores what remains.
#[derive(Clone)]
pub struct TaskRunner {
    directory: AgentDirectory,
    store: Arc<TaskStore>,
    recorder: Arc<TaskRecorder>,
}

impl TaskRunner {
    /// Runs tasks for the agents of this directory, whose record store keeps them. `process` is the name
    /// of this process, unique among the running processes on that store.
    #[must_use]
    pub fn new(directory: AgentDirectory, process: impl Into<Arc<str>>) -> Self {
        let recorder = TaskRecorder::new(directory.records().clone(), process.into());
        Self { directory, store: Arc::default(), recorder: Arc::new(recorder) }
    }

    /// Reads the tasks of earlier processes. Those that had not ended have failed with
    /// [`TaskError::ProcessEnded`], except those that another process still runs, which are left out:
    /// `is_running` tells whether a process of a name runs. A record that cannot be read is skipped with a
    /// warning.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn load(&self, is_running: impl Fn(&str) -> bool) -> Result<(), LogError> {
        let now = self.directory.services().statistics.now();
        self.recorder.load(&self.store, now, is_running).await?;
        self.save().await
    }

    /// Stores the tasks that were cancelled and removes those that are no longer kept, since the last time.
    ///
    /// # Errors
    /// [`LogError`]; the next call stores what is missing.
    pub async fn save(&self) -> Result<(), LogError> {
        self.recorder.save(&self.store).await
    }

    /// Runs a task and returns it once it has ended, whether or not it succeeded. Dropping the future
    /// cancels the task and closes the connection to the host at once.
    ///
    /// # Errors
    /// The task was not accepted: [`TaskError::UnknownAgent`], [`TaskError::Unsupported`],
    /// [`TaskError::Store`], or [`TaskError::Call`] with [`ChatError::Busy`] if too many wait for the model.
    /// [`TaskError::Store`] also if the result could not be stored; [`get`](Self::get) and
    /// [`list`](Self::list) have it nevertheless.
    pub async fn execute(&self, id: &AgentId, order: TaskOrder) -> Result<Arc<Task>, TaskError> {
        let agent = self.directory.registry().get(id)?.clone();
        let statistics = &self.directory.services().statistics;
        let mut task = OpenTask::begin(&self.store, statistics, id, order.input.operation());
        let limit = order.time_limit.unwrap_or(TIME_LIMIT);
        let run = async {
            self.recorder.record(task.accepted(), limit).await?;
            let (directory, agent) = (&self.directory, &agent);
            Execution { directory, agent, task: &mut task, limit }.run(order).await
        };
        let result = timeout(limit, run).await;
        let ended = match result {
            Ok(Ok(output)) => task.complete(output),
            Err(_) => task.time_out(),
            Ok(Err(error)) if is_refusal(&error, &task) => {
                task.retract();
                return Err(error);
            }
            Ok(Err(error)) => task.fail(error),
        };
        self.recorder.record(&ended, limit).await?;
        self.store.saved(ended.id, Some(&ended));
        Ok(ended)
    }

    /// Returns the task of this id.
    #[must_use]
    pub fn get(&self, id: TaskId) -> Option<Arc<Task>> {
        self.store.get(id)
    }

    /// Returns at most `limit` tasks of this status (or of any), newest first.
    #[must_use]
    pub fn list(&self, status: Option<TaskStatus>, limit: usize) -> Vec<Arc<Task>> {
        self.store.list(status, limit)
    }

    /// Sends a chat to a model. Dropping the future closes the connection to the host at once.
    ///
    /// # Errors
    /// [`TaskError::UnknownAgent`], [`TaskError::Unresolved`] or [`TaskError::Call`]; a reply
    /// that takes more than 300 s is [`ChatError::Deadline`].
    pub async fn chat(&self, chat: AgentChat) -> Result<ModelReply, TaskError> {
        let Some(id) = &chat.agent else { return self.answer(&chat, None).await };
        let agent = self.directory.registry().get(id)?.clone();
        let open = self.directory.services().statistics.open(id);
        let reply = self.answer(&chat, Some(&agent)).await;
        open.close(match &reply {
            Ok(reply) => reply.finished_call(),
            Err(TaskError::Call(ChatError::Deadline { .. })) => FinishedCall::timed_out(),
            Err(_) => FinishedCall::default(),
        });
        reply
    }

    async fn answer(
        &self,
        chat: &AgentChat,
        agent: Option<&AgentProfile>,
    ) -> Result<ModelReply, TaskError> {
        let mut messages = chat.messages.clone();
        let has_system = messages.iter().any(|message| message.role == Role::System);
        if let Some(agent) = agent.filter(|_| !has_system) {
            let character = self.directory.services().wording.character(&agent.persona);
            messages.insert(0, Message::system(character));
        }
        let model = self.directory.model_lists().model(&chat.model).await?;
        let request = ChatRequest::new(messages)
            .with_sampling(sampling(chat.temperature, chat.max_tokens))
            .with_flow(flow_of_chats(agent))
            .with_time_limit(TIME_LIMIT);
        let reply = request_reply(&*model, request, |_| {}).await;
        Ok(reply.map_err(|error| self.directory.model_lists().invalidate_on(error))?)
    }
}

/// Whether the task was refused before it started, for a reason that the caller can act on.
fn is_refusal(error: &TaskError, task: &OpenTask<'_>) -> bool {
    match error {
        TaskError::Unsupported { .. } => true,
        TaskError::Call(error) => error.is_busy() && task.is_new(),
        TaskError::Store(_) => true,
        TaskError::Unresolved(_)
        | TaskError::UnknownAgent(_)
        | TaskError::ProcessEnded
        | TaskError::Earlier(_) => false,
    }
}

/// All tasks of an agent are one flow, whose share of a host is that of one debate. Urgent tasks have an
/// admission class of their own.
fn flow_of_tasks(agent: &AgentProfile) -> Flow {
    Flow::named(format!("tasks of {}", agent.id))
}

/// All chats with an agent are one flow, and so are all chats without one. Callers are anonymous: with a flow
/// per chat, a caller with many chats would get many shares of a host.
fn flow_of_chats(agent: Option<&AgentProfile>) -> Flow {
    let name = match agent {
        Some(agent) => format!("talks with {}", agent.id),
        None => "talks".to_owned(),
    };
    Flow::named(name).attended()
}

fn sampling(temperature: Option<f32>, max_tokens: Option<u32>) -> Sampling {
    Sampling::default()
        .with_temperature(temperature)
        .with_max_output_tokens(max_tokens.unwrap_or(MAX_TOKENS).max(1))
}

impl std::fmt::Debug for TaskRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskRunner").finish_non_exhaustive()
    }
}
