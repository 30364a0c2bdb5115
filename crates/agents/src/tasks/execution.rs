use std::time::Duration;

use synod_domain::AgentProfile;
use synod_inference::{AdmissionClass, ChatRequest, Message, ReplyForm, ResolveError};

use super::{RunningTask, TaskInput, TaskOrder, TaskOutput, TextInput, flow_of_tasks, sampling};
use crate::{
    AgentDirectory, Operation, TaskError,
    directory::{capabilities, wanted},
    model_reply::collect_reply,
};

/// The execution of one task by an agent.
pub(super) struct Execution<'a, 'r> {
    pub(super) directory: &'a AgentDirectory,
    pub(super) agent: &'a AgentProfile,
    pub(super) running: &'a mut RunningTask<'r>,
    pub(super) limit: Duration,
}

impl Execution<'_, '_> {
    pub(super) async fn perform(self, order: TaskOrder) -> Result<TaskOutput, TaskError> {
        let operation = order.work.operation();
        match order.work {
            TaskInput::Chat(writing)
            | TaskInput::Analyze(writing)
            | TaskInput::Summarize(writing)
            | TaskInput::Critique(writing) => self.write(operation, &writing, order.class).await,
            TaskInput::Embed(texts) => self.embed(texts, order.class).await,
        }
    }

    async fn write(
        self,
        operation: Operation,
        writing: &TextInput,
        class: AdmissionClass,
    ) -> Result<TaskOutput, TaskError> {
        let model = match self.directory.listings().model(&wanted(self.agent)).await {
            Ok(model) => model,
            Err(ResolveError::CannotChat { .. }) => {
                return Err(self.unsupported(operation, vec![Operation::Embed]));
            }
            Err(error) => return Err(error.into()),
        };
        let wording = &self.directory.services().wording;
        let request = ChatRequest {
            messages: vec![
                Message::system(wording.character(&self.agent.persona)),
                Message::user(wording.writing(operation, writing)),
            ],
            form: ReplyForm::Text,
            sampling: sampling(writing.temperature, writing.max_tokens),
            class,
            flow: flow_of_tasks(self.agent),
            time_limit: self.limit,
            factory: None,
        };
        let said = collect_reply(&*model, request, |phase| self.running.enter(phase)).await;
        Ok(TaskOutput::Text(said.map_err(|error| self.directory.listings().invalidate_on(error))?))
    }

    async fn embed(
        self,
        texts: Vec<String>,
        class: AdmissionClass,
    ) -> Result<TaskOutput, TaskError> {
        let info = self.directory.listings().info(&wanted(self.agent)).await?;
        if !info.embeds {
            return Err(self.unsupported(Operation::Embed, capabilities(Some(&info))));
        }
        let flow = flow_of_tasks(self.agent);
        let queued = |phase| self.running.enter(phase);
        let embedder = self.directory.gateway().embedder(&info, class, &flow, queued).await?;
        self.running.run();
        let embeddings = embedder.embed(texts, self.limit).await;
        let embeddings =
            embeddings.map_err(|error| self.directory.listings().invalidate_on(error))?;
        Ok(TaskOutput::Vectors { host: info.host, model: info.model, embeddings })
    }

    fn unsupported(&self, operation: Operation, supported: Vec<Operation>) -> TaskError {
        TaskError::Unsupported { agent: self.agent.id.clone(), operation, supported }
    }
}
