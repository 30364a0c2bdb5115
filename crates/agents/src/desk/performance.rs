use std::time::Duration;

use synod_domain::AgentProfile;
use synod_inference::{AdmissionClass, ChatRequest, Message, ReplyForm, ResolveError};

use super::{Product, Running, TaskOrder, Work, Writing, flow_of_tasks, sampling};
use crate::{
    AgentsError, Operation, Roster,
    roster::{capabilities, wanted},
    said::listen,
};

/// An agent at work on a task.
pub(super) struct Performance<'a, 'r> {
    pub(super) roster: &'a Roster,
    pub(super) agent: &'a AgentProfile,
    pub(super) running: &'a mut Running<'r>,
    pub(super) limit: Duration,
}

impl Performance<'_, '_> {
    pub(super) async fn perform(self, order: TaskOrder) -> Result<Product, AgentsError> {
        let operation = order.work.operation();
        match order.work {
            Work::Chat(writing)
            | Work::Analyze(writing)
            | Work::Summarize(writing)
            | Work::Critique(writing) => self.write(operation, &writing, order.class).await,
            Work::Embed(texts) => self.embed(texts, order.class).await,
        }
    }

    async fn write(
        self,
        operation: Operation,
        writing: &Writing,
        class: AdmissionClass,
    ) -> Result<Product, AgentsError> {
        let model = match self.roster.listings().model(&wanted(self.agent)).await {
            Ok(model) => model,
            Err(ResolveError::CannotChat { .. }) => {
                return Err(self.lacks(operation, vec![Operation::Embed]));
            }
            Err(error) => return Err(error.into()),
        };
        let wording = &self.roster.workplace().wording;
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
            recipe: None,
        };
        let said = listen(&*model, request, |phase| self.running.enter(phase)).await;
        Ok(Product::Text(said.map_err(|error| self.roster.listings().heed(error))?))
    }

    async fn embed(
        self,
        texts: Vec<String>,
        class: AdmissionClass,
    ) -> Result<Product, AgentsError> {
        let card = self.roster.listings().card(&wanted(self.agent)).await?;
        if !card.embeds {
            return Err(self.lacks(Operation::Embed, capabilities(Some(&card))));
        }
        let flow = flow_of_tasks(self.agent);
        let queued = |phase| self.running.enter(phase);
        let embedder = self.roster.gateway().embedder(&card, class, &flow, queued).await?;
        self.running.run();
        let embeddings = embedder.embed(texts, self.limit).await;
        let embeddings = embeddings.map_err(|error| self.roster.listings().heed(error))?;
        Ok(Product::Vectors { host: card.host, model: card.model, embeddings })
    }

    fn lacks(&self, operation: Operation, has: Vec<Operation>) -> AgentsError {
        AgentsError::Lacks { agent: self.agent.id.clone(), operation, has }
    }
}
