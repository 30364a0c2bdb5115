use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{
    sync::OwnedMutexGuard,
    time::{Instant, timeout_at},
};

use super::{
    adjusted::Adjusted,
    asked::Asked,
    concessions::{Concessions, Scope},
    learnt::{Entry, Known},
    reading::{Reading, Subject},
    refusing_server::RefusingServer,
    schema::{SchemaHash, alternatives},
};
use crate::{
    ChatError, ChatRequest, ChatStream, Limitation, Message, ModelInfo, ReplyForm, RequestFactory,
    Sampling, Usage,
};

/// Times that a call is sent at most, the first included.
const MOST_SENDS: u32 = 14;

/// Features that are left out in turn if a server does not name the one it refuses, the likeliest first.
const GUESSES: [(Limitation, Scope); 14] = [
    (Limitation::UnionSchemas, Scope::Model),
    (Limitation::ReplyFormats, Scope::SchemaHash),
    (Limitation::SystemMessages, Scope::Model),
    (Limitation::StreamUsage, Scope::Model),
    (Limitation::ThinkingSwitch, Scope::Model),
    (Limitation::StopTexts { max: 0 }, Scope::Model),
    (Limitation::Seed, Scope::Model),
    (Limitation::RepeatPenalty, Scope::Model),
    (Limitation::Temperature, Scope::Model),
    (Limitation::TruncateSwitch, Scope::Model),
    (Limitation::ShiftSwitch, Scope::Model),
    (Limitation::MaxTokens, Scope::Model),
    (Limitation::StrictSchemas, Scope::Model),
    (Limitation::Streaming, Scope::Model),
];

/// A call that is sent until its host takes it.
pub(super) struct Call {
    server: Arc<dyn RefusingServer>,
    prompt: Prompt,
    form: ReplyForm,
    sampling: Sampling,
    limit: Duration,
    deadline: Instant,
    /// Of the schema.
    shape: Option<SchemaHash>,
    is_union: bool,
    known: Known,
    without: Concessions,
    /// What the last request asked for.
    asked: Asked,
    sends: u32,
    /// What the server has refused by name.
    refused: Vec<Entry>,
    guess: Option<Guess>,
    /// What is tried out is tried by one call at a time.
    turn: Option<OwnedMutexGuard<()>>,
}

/// The messages. Those that can be written again are given away, not kept while the host works.
struct Prompt {
    written: Option<Vec<Message>>,
    factory: Option<RequestFactory>,
}

/// The feature that was left out last, to find the refused one.
struct Guess {
    entry: Entry,
    /// The server had said that the request is at fault.
    is_sure: bool,
    /// The failure that it set out from.
    error: ChatError,
}

impl Prompt {
    fn messages(&mut self) -> Vec<Message> {
        match &self.factory {
            Some(factory) => self.written.take().unwrap_or_else(|| factory.make().messages),
            None => self.written.clone().unwrap_or_default(),
        }
    }
}

impl Call {
    pub(super) fn new(
        server: Arc<dyn RefusingServer>,
        request: ChatRequest,
        limit: Duration,
    ) -> Self {
        let ChatRequest { messages, form, sampling, factory, .. } = request;
        let schema = match &form {
            ReplyForm::Text => None,
            ReplyForm::Json(schema) => serde_json::from_str::<Value>(schema.get()).ok(),
        };
        let shape = schema.as_ref().map(SchemaHash::of);
        let known = server.learnt().known(shape);
        Self {
            prompt: Prompt { written: Some(messages), factory },
            form,
            sampling,
            limit,
            deadline: Instant::now() + limit,
            shape,
            is_union: schema.as_ref().and_then(alternatives).is_some(),
            without: known.concessions.clone(),
            known,
            asked: Asked::default(),
            sends: 0,
            refused: Vec::new(),
            guess: None,
            turn: None,
            server,
        }
    }

    /// Sends it until it is taken: the reply, and the texts to stop at that the host was not sent.
    pub(super) async fn send(&mut self) -> Result<(ChatStream, Vec<String>), ChatError> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ChatError::Deadline { limit: self.limit });
            }
            self.check_output_limit()?;
            let mut request = Adjusted::new(
                self.prompt.messages(),
                &self.form,
                self.sampling.clone(),
                self.without.clone(),
                self.server.most_stops(),
            );
            let output_tokens = request.output_limit(self.server.thinks());
            let added = self.server.adds(&request);
            self.asked = request.asked(self.is_union, &added, output_tokens);
            self.sends += 1;
            let unsent_stops = std::mem::take(&mut request.unsent_stops);
            match self.server.send(request, left, self.limit).await {
                Ok(reply) => return Ok((reply, unsent_stops)),
                Err(error) => self.step_back(error).await?,
            }
        }
    }

    /// The host allows enough output tokens for a reply of this form.
    fn check_output_limit(&self) -> Result<(), ChatError> {
        let (most, needed) = (self.without.most_output(), self.form.least_tokens());
        if most >= needed {
            return Ok(());
        }
        let ModelInfo { host, model, .. } = self.server.info();
        Err(ChatError::OutputLimit { host: host.clone(), model: model.clone(), most, needed })
    }

    /// Does without what the host refuses, if that is what the error says.
    ///
    /// # Errors
    /// The error, or the one that it set out from, if there is nothing left to do without.
    pub(super) async fn step_back(&mut self, error: ChatError) -> Result<(), ChatError> {
        let refusal = self.server.refusal(&error);
        let asked = self.asked.output_tokens();
        let reading = refusal.as_ref().map_or(Reading::Other, |refusal| refusal.read(asked));
        if reading == Reading::Other || self.sends >= MOST_SENDS {
            return Err(error);
        }
        if !self.known.retried.is_empty() {
            for entry in std::mem::take(&mut self.known.retried) {
                self.without.add(entry.limitation, entry.scope());
            }
            return Ok(());
        }
        match reading {
            Reading::Named(subjects) => {
                let is_about_length = matches!(subjects[..], [Subject::OutputTokens(_)]);
                let mut has_next = false;
                for subject in subjects {
                    let next = self.without.next(subject, self.is_union, &self.asked);
                    let Some((limitation, scope)) = next else { continue };
                    if self.asked.includes(limitation) {
                        self.without.add(limitation, scope);
                        self.refused.push(Entry::new(limitation, scope, self.shape));
                        has_next = true;
                    }
                }
                // What it names was not asked for: something else is wrong with the request.
                let is_sure = refusal.is_some_and(|refusal| refusal.is_about_request());
                match has_next {
                    true => Ok(()),
                    false if is_sure && !is_about_length => self.guess(error, true).await,
                    false => Err(error),
                }
            }
            Reading::Unnamed => self.guess(error, true).await,
            Reading::Opaque => {
                let is_time = self.server.learnt().failed_opaquely(self.shape);
                // Callers repeat a call only after a transient error.
                if is_time || self.turn.is_some() || !error.is_transient() {
                    self.guess(error, false).await
                } else {
                    Err(error)
                }
            }
            Reading::Other => Err(error),
        }
    }

    /// What a call cost whose error says that the model used all the tokens it was allowed before it
    /// said anything, as one does that thinks.
    pub(super) fn used_up(&self, error: &ChatError) -> Option<Usage> {
        let is_used_up = self.server.refusal(error).is_some_and(|refusal| refusal.is_used_up());
        let output_tokens = Some(self.asked.output_tokens());
        is_used_up.then_some(Usage { prompt_tokens: None, output_tokens })
    }

    /// The host has begun to reply.
    pub(super) fn succeeded(mut self: Box<Self>) {
        let mut refused = std::mem::take(&mut self.refused);
        let mut suspect = None;
        match self.guess.take() {
            Some(guess) if guess.is_sure => refused.push(guess.entry),
            Some(guess) => suspect = Some(guess.entry),
            None => {}
        }
        let was_asked = |limitation| self.asked.includes(limitation);
        let learnt = self.server.learnt().learn(self.shape, refused, suspect, was_asked);
        let ModelInfo { host, model, .. } = self.server.info();
        for limitation in learnt {
            tracing::warn!(%host, %model, "{limitation}");
        }
    }

    /// Does without the next thing that may be what is refused.
    async fn guess(&mut self, error: ChatError, is_sure: bool) -> Result<(), ChatError> {
        let server = Arc::clone(&self.server);
        let learnt = server.learnt();
        if self.turn.is_none() {
            if learnt.is_in_vain() {
                return Err(error);
            }
            let turn = timeout_at(self.deadline, learnt.turn()).await;
            let turn = turn.map_err(|_| ChatError::Deadline { limit: self.limit })?;
            if learnt.version() != self.known.version {
                self.take_over();
                return Ok(());
            }
            if learnt.is_in_vain() {
                return Err(error);
            }
            self.turn = Some(turn);
        }
        let error = self.guess.take().map_or(error, |guess| guess.error);
        let suspects = learnt.suspects(self.shape).into_iter();
        let guesses = GUESSES.map(|(limitation, scope)| Entry::new(limitation, scope, self.shape));
        let mut next = suspects.chain(guesses);
        match next.find(|entry| self.asked.includes(entry.limitation)) {
            Some(entry) => {
                self.without.add(entry.limitation, entry.scope());
                self.guess = Some(Guess { entry, is_sure, error });
                Ok(())
            }
            None => {
                learnt.tried_in_vain();
                Err(error)
            }
        }
    }

    /// Does without what another call has found out.
    fn take_over(&mut self) {
        self.known = self.server.learnt().known(self.shape);
        let mut without = self.known.concessions.clone();
        for entry in &self.refused {
            without.add(entry.limitation, entry.scope());
        }
        self.without = without;
    }
}
