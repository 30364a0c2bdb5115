mod archive;
mod performance;
mod running;
mod talk;
mod task;

use std::{sync::Arc, time::Duration};

use synod_domain::{AgentId, AgentProfile};
use synod_inference::{
    AdmissionClass, ChatError, ChatRequest, Flow, Message, ReplyForm, Role, Sampling, Thinking,
    Wanted,
};
use tokio::time::timeout;

pub use talk::Talk;
pub use task::{InLine, Product, Task, TaskId, TaskOrder, TaskState, TaskStatus, Work, Writing};

use crate::{AgentsError, Roster, Said, said::listen, statistics::Ended};
use archive::Archive;
use performance::Performance;
use running::Running;

/// The longest that a task or a talk may take if nothing else is said.
const TIME_LIMIT: Duration = Duration::from_mins(5);

/// Most tokens of a reply if nothing else is said.
const MAX_TOKENS: u32 = 2_048;

/// Where agents are given work outside of debates, and where its results are kept: all tasks under
/// way, and the newest 1,000 of those that have ended. Clones are the same.
#[derive(Clone)]
pub struct TaskDesk {
    roster: Roster,
    archive: Arc<Archive>,
}

impl TaskDesk {
    /// A desk for the agents of a roster.
    #[must_use]
    pub fn new(roster: Roster) -> Self {
        Self { roster, archive: Arc::default() }
    }

    /// Has an agent do something, and returns the task when it has ended, well or not. Dropping
    /// the future cancels the task: the host of the model is left at once.
    ///
    /// # Errors
    /// The task was not accepted: [`AgentsError::UnknownAgent`], [`AgentsError::Lacks`], or
    /// [`AgentsError::Call`] with [`ChatError::Busy`] if too many wait for the model.
    pub async fn execute(&self, id: &AgentId, order: TaskOrder) -> Result<Arc<Task>, AgentsError> {
        let agent = self.roster.registry().get(id)?.clone();
        let ledger = &self.roster.workplace().ledger;
        let mut running = Running::begin(&self.archive, ledger, id, order.work.operation());
        let limit = order.time_limit.unwrap_or(TIME_LIMIT);
        let (roster, agent) = (&self.roster, &agent);
        let performance = Performance { roster, agent, running: &mut running, limit };
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
        self.archive.get(id)
    }

    /// At most `limit` tasks, of this status or of any, the newest first.
    #[must_use]
    pub fn list(&self, status: Option<TaskStatus>, limit: usize) -> Vec<Arc<Task>> {
        self.archive.list(status, limit)
    }

    /// Talks with a model. Dropping the future leaves its host at once.
    ///
    /// # Errors
    /// [`AgentsError::UnknownAgent`], [`AgentsError::Unresolved`] or [`AgentsError::Call`]; a reply
    /// that takes more than 300 s is [`ChatError::Deadline`].
    pub async fn talk(&self, talk: Talk) -> Result<Said, AgentsError> {
        let Some(id) = &talk.agent else { return self.answer(&talk, None).await };
        let agent = self.roster.registry().get(id)?.clone();
        let open = self.roster.workplace().ledger.open(id);
        let said = self.answer(&talk, Some(&agent)).await;
        open.close(match &said {
            Ok(said) => said.ended(),
            Err(AgentsError::Call(ChatError::Deadline { .. })) => Ended::timed_out(),
            Err(_) => Ended::default(),
        });
        said
    }

    async fn answer(&self, talk: &Talk, agent: Option<&AgentProfile>) -> Result<Said, AgentsError> {
        let mut messages = talk.messages.clone();
        let has_system = messages.iter().any(|message| message.role == Role::System);
        if let Some(agent) = agent.filter(|_| !has_system) {
            let character = self.roster.workplace().wording.character(&agent.persona);
            messages.insert(0, Message::system(character));
        }
        let wanted = Wanted { host: None, model: Some(talk.model.clone()) };
        let model = self.roster.listings().model(&wanted).await?;
        let request = ChatRequest {
            messages,
            form: ReplyForm::Text,
            sampling: sampling(talk.temperature, talk.max_tokens),
            class: AdmissionClass::Normal,
            flow: flow_of_talks(agent),
            time_limit: TIME_LIMIT,
            recipe: None,
        };
        let said = listen(&*model, request, |_| {}).await;
        Ok(said.map_err(|error| self.roster.listings().heed(error))?)
    }
}

/// The task was not even begun, for a cause that its giver should know.
fn is_refusal(error: &AgentsError, running: &Running<'_>) -> bool {
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
fn flow_of_talks(agent: Option<&AgentProfile>) -> Flow {
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

impl std::fmt::Debug for TaskDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskDesk").finish_non_exhaustive()
    }
}
