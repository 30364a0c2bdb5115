mod chat;
mod execution;
mod running_task;
mod store;
mod task;

use std::{sync::Arc, time::Duration};

use synod_domain::{AgentId, AgentProfile};
use synod_inference::{
    AdmissionClass, ChatError, ChatRequest, Flow, Message, ReplyForm, Role, Sampling, Thinking,
    Wanted,
};
use tokio::time::timeout;

pub use chat::AgentChat;
pub use task::{
    QueuePosition, Task, TaskId, TaskInput, TaskOrder, TaskOutput, TaskState, TaskStatus, TextInput,
};

use crate::{
    AgentDirectory, AgentsError, ModelReply, model_reply::collect_reply, statistics::Ended,
};
use execution::Execution;
use running_task::RunningTask;
use store::TaskStore;

/// The longest that a task or a chat may take if nothing else is said.
const TIME_LIMIT: Duration = Duration::from_mins(5);

/// Most tokens of a reply if nothing else is said.
const MAX_TOKENS: u32 = 2_048;

/// Where agents are given work outside of debates, and where its results are kept: all tasks under
/// way, and the newest 1,000 of those that have ended. Clones are the same.
#[derive(Clone)]
pub struct TaskRunner {
    directory: AgentDirectory,
    store: Arc<TaskStore>,
}

impl TaskRunner {
    /// A tasks for the agents of a directory.
    #[must_use]
    pub fn new(directory: AgentDirectory) -> Self {
        Self { directory, store: Arc::default() }
    }

    /// Has an agent do something, and returns the task when it has ended, well or not. Dropping
    /// the future cancels the task: the host of the model is left at once.
    ///
    /// # Errors
    /// The task was not accepted: [`AgentsError::UnknownAgent`], [`AgentsError::Lacks`], or
    /// [`AgentsError::Call`] with [`ChatError::Busy`] if too many wait for the model.
    pub async fn execute(&self, id: &AgentId, order: TaskOrder) -> Result<Arc<Task>, AgentsError> {
        let agent = self.directory.registry().get(id)?.clone();
        let statistics = &self.directory.services().statistics;
        let mut running = RunningTask::begin(&self.store, statistics, id, order.work.operation());
        let limit = order.time_limit.unwrap_or(TIME_LIMIT);
        let (directory, agent) = (&self.directory, &agent);
        let performance = Execution { directory, agent, running: &mut running, limit };
        match timeout(limit, performance.perform(order)).await {
            Ok(Ok(product)) => Ok(running.complete(product)),
            Err(_) => Ok(running.time_out()),
            Ok(Err(error)) if is_refusal(&error, &running) => {
                running.retract();
                Err(error)
            }
            Ok(Err(error)) => Ok(running.fail(error)),
        }
    }

    /// A task by id.
    #[must_use]
    pub fn get(&self, id: TaskId) -> Option<Arc<Task>> {
        self.store.get(id)
    }

    /// At most `limit` tasks, of this status or of any, the newest first.
    #[must_use]
    pub fn list(&self, status: Option<TaskStatus>, limit: usize) -> Vec<Arc<Task>> {
        self.store.list(status, limit)
    }

    /// Talks with a model. Dropping the future leaves its host at once.
    ///
    /// # Errors
    /// [`AgentsError::UnknownAgent`], [`AgentsError::Unresolved`] or [`AgentsError::Call`]; a reply
    /// that takes more than 300 s is [`ChatError::Deadline`].
    pub async fn chat(&self, chat: AgentChat) -> Result<ModelReply, AgentsError> {
        let Some(id) = &chat.agent else { return self.answer(&chat, None).await };
        let agent = self.directory.registry().get(id)?.clone();
        let open = self.directory.services().statistics.open(id);
        let said = self.answer(&chat, Some(&agent)).await;
        open.close(match &said {
            Ok(said) => said.ended(),
            Err(AgentsError::Call(ChatError::Deadline { .. })) => Ended::timed_out(),
            Err(_) => Ended::default(),
        });
        said
    }

    async fn answer(
        &self,
        chat: &AgentChat,
        agent: Option<&AgentProfile>,
    ) -> Result<ModelReply, AgentsError> {
        let mut messages = chat.messages.clone();
        let has_system = messages.iter().any(|message| message.role == Role::System);
        if let Some(agent) = agent.filter(|_| !has_system) {
            let character = self.directory.services().wording.character(&agent.persona);
            messages.insert(0, Message::system(character));
        }
        let wanted = Wanted { host: None, model: Some(chat.model.clone()) };
        let model = self.directory.listings().model(&wanted).await?;
        let request = ChatRequest {
            messages,
            form: ReplyForm::Text,
            sampling: sampling(chat.temperature, chat.max_tokens),
            class: AdmissionClass::Normal,
            flow: flow_of_chats(agent),
            time_limit: TIME_LIMIT,
            recipe: None,
        };
        let said = collect_reply(&*model, request, |_| {}).await;
        Ok(said.map_err(|error| self.directory.listings().invalidate_on(error))?)
    }
}

/// The task was not even begun, for a cause that its giver should know.
fn is_refusal(error: &AgentsError, running: &RunningTask<'_>) -> bool {
    match error {
        AgentsError::Lacks { .. } => true,
        AgentsError::Call(error) => error.is_busy() && running.is_new(),
        AgentsError::Unresolved(_)
        | AgentsError::UnknownAgent { .. }
        | AgentsError::Syntax { .. }
        | AgentsError::UnknownKey { .. }
        | AgentsError::Invalid { .. }
        | AgentsError::Unfit { .. }
        | AgentsError::Taken { .. }
        | AgentsError::Full { .. } => false,
    }
}

/// All tasks of an agent are one flow: whoever gives them, and however many, has no more of a host
/// than a debate has. One that should go first has a class for that.
fn flow_of_tasks(agent: &AgentProfile) -> Flow {
    Flow::named(format!("tasks of {}", agent.id))
}

/// Talks with an agent are one flow, and so are those with none. Callers have no names here, and
/// were each talk a flow of its own, who begins many would have many shares.
fn flow_of_chats(agent: Option<&AgentProfile>) -> Flow {
    let name = match agent {
        Some(agent) => format!("talks with {}", agent.id),
        None => "talks".to_owned(),
    };
    Flow::named(name).attended()
}

fn sampling(temperature: Option<f32>, max_tokens: Option<u32>) -> Sampling {
    Sampling {
        temperature,
        repeat_penalty: None,
        seed: None,
        stop: Vec::new(),
        max_output_tokens: max_tokens.unwrap_or(MAX_TOKENS).max(1),
        thinking: Thinking::default(),
    }
}

impl std::fmt::Debug for TaskRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskRunner").finish_non_exhaustive()
    }
}
