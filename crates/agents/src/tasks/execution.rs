use std::time::Duration;

use synod_domain::AgentProfile;
use synod_inference::{AdmissionClass, ChatRequest, Message, ResolveError};

use super::{OpenTask, TaskInput, TaskOrder, TaskOutput, flow_of_tasks, sampling};
use crate::{
    AgentDirectory, AgentOperation, TaskError, TextInput,
    directory::{capabilities, wanted},
    model_reply::request_reply,
};

/// The execution of one task by an agent.
pub(super) struct Execution<'a, 'r> {
    pub(super) directory: &'a AgentDirectory,
    pub(super) agent: &'a AgentProfile,
    pub(super) task: &'a mut OpenTask<'r>,
    pub(super) limit: Duration,
}

impl Execution<'_, '_> {
    /// Runs the task to its output.
    pub(super) async fn run(self, order: TaskOrder) -> Result<TaskOutput, TaskError> {
        let operation = order.input.operation();
        match order.input {
            TaskInput::Chat(input)
            | TaskInput::Analyze(input)
            | TaskInput::Summarize(input)
            | TaskInput::Critique(input) => self.generate(operation, &input, order.class).await,
            TaskInput::Embed(texts) => self.embed(texts, order.class).await,
        }
    }

    async fn generate(
        self,
        operation: AgentOperation,
        input: &TextInput,
        class: AdmissionClass,
    ) -> Result<TaskOutput, TaskError> {
        let model = match self.directory.model_lists().model(&wanted(self.agent)).await {
            Ok(model) => model,
            Err(ResolveError::CannotChat { .. }) => {
                return Err(self.unsupported(operation, vec![AgentOperation::Embed]));
            }
            Err(error) => return Err(error.into()),
        };
        let wording = &self.directory.services().wording;
        let messages = [
            Message::system(wording.character(&self.agent.persona)),
            Message::user(wording.task(operation, input)),
        ];
        let request = ChatRequest::new(messages)
            .with_sampling(sampling(input.temperature, input.max_tokens))
            .with_class(class)
            .with_flow(flow_of_tasks(self.agent))
            .with_time_limit(self.limit);
        let reply = request_reply(&*model, request, |phase| self.task.enter(phase)).await;
        Ok(TaskOutput::Text(
            reply.map_err(|error| self.directory.model_lists().invalidate_on(error))?,
        ))
    }

    async fn embed(
        self,
        texts: Vec<String>,
        class: AdmissionClass,
    ) -> Result<TaskOutput, TaskError> {
        let info = self.directory.model_lists().info(&wanted(self.agent)).await?;
        if !info.embeds {
            return Err(self.unsupported(AgentOperation::Embed, capabilities(Some(&info))));
        }
        let flow = flow_of_tasks(self.agent);
        let report = |phase| self.task.enter(phase);
        let embedder = self.directory.gateway().embedder(&info, class, &flow, report).await?;
        self.task.mark_running();
        let embeddings = embedder.embed(texts, self.limit).await;
        let embeddings =
            embeddings.map_err(|error| self.directory.model_lists().invalidate_on(error))?;
        Ok(TaskOutput::Vectors { host: info.host, model: info.model, embeddings })
    }

    fn unsupported(&self, operation: AgentOperation, supported: Vec<AgentOperation>) -> TaskError {
        TaskError::Unsupported { agent: self.agent.id.clone(), operation, supported }
    }
}
