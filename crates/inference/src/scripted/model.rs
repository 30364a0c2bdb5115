use parking_lot::{Mutex, MutexGuard};
use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use tokio::time::{Instant, sleep};

use super::{
    ScriptedReply,
    call_record::CallRecord,
    memory::{Evictable, Memory},
    running_reply::RunningReply,
};
use crate::{
    ChatError, ChatModel, ChatRequest, ChatStream, Embeddings, HostName, Limitation, ModelInfo,
    ModelName, ReplyForm,
};

/// A scripted model: replays replies and records requests.
///
/// A clone is the same model: keep one to inspect the record.
///
/// By default it is in memory and answers every call with `I agree.` at once.
#[derive(Clone)]
pub struct ScriptedModel {
    info: Arc<ModelInfo>,
    stays: Duration,
    /// What it says that it thinks before a reply.
    thinks: Option<u32>,
    /// What its host has refused.
    limitations: Vec<Limitation>,
    on_processor: bool,
    reports_residency: bool,
    /// Of its host.
    memory: Memory,
    shared: Arc<Mutex<Shared>>,
}

pub(super) struct Shared {
    replies: VecDeque<ScriptedReply>,
    answer: Box<dyn FnMut(&ChatRequest) -> ScriptedReply + Send>,
    load_errors: VecDeque<ChatError>,
    load_takes: Duration,
    resident: bool,
    embedding_takes: Duration,
    records: bool,
    pub(super) record: CallRecord,
}

impl Evictable for Shared {
    fn is_in_use(&self) -> bool {
        self.record.in_flight > 0
    }

    fn evict(&mut self) {
        self.resident = false;
    }
}

impl ScriptedModel {
    /// A model of this name, on the host `scripted` until a
    /// [`ScriptedHost`](super::ScriptedHost) takes it.
    ///
    /// # Panics
    /// If the name is not a model name.
    #[must_use]
    pub fn new(model: &str) -> Self {
        let host = HostName::new("scripted").expect("a host name");
        let model = ModelName::new(model).expect("a model name");
        let info = ModelInfo::new(host, model).with_loaded(true);
        let shared = Shared {
            replies: VecDeque::new(),
            answer: Box::new(|_| ScriptedReply::text("I agree.")),
            load_errors: VecDeque::new(),
            load_takes: Duration::ZERO,
            resident: true,
            embedding_takes: Duration::ZERO,
            records: true,
            record: CallRecord::default(),
        };
        let (stays, memory) = (Duration::MAX, Memory::default());
        let (on_processor, reports_residency) = (false, true);
        Self {
            info: Arc::new(info),
            stays,
            thinks: None,
            limitations: Vec::new(),
            on_processor,
            reports_residency,
            memory,
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    /// Changes its description.
    #[must_use]
    pub fn with_info(mut self, change: impl FnOnce(&mut ModelInfo)) -> Self {
        change(Arc::make_mut(&mut self.info));
        self
    }

    /// Answers the next call that has no reply yet with this one.
    #[must_use]
    pub fn then(self, reply: ScriptedReply) -> Self {
        self.shared().replies.push_back(reply);
        self
    }

    /// Answers all calls for which no reply is left with this one.
    #[must_use]
    pub fn always(self, reply: ScriptedReply) -> Self {
        self.answering(move |_| reply.clone())
    }

    /// Answers all calls for which no reply is left with what `answer` makes of the request.
    #[must_use]
    pub fn answering(
        self,
        answer: impl FnMut(&ChatRequest) -> ScriptedReply + Send + 'static,
    ) -> Self {
        self.shared().answer = Box::new(answer);
        self
    }

    /// Makes it not resident at first, and each load take this time.
    #[must_use]
    pub fn loading_takes(mut self, time: Duration) -> Self {
        Arc::make_mut(&mut self.info).loaded = false;
        let mut shared = self.shared();
        shared.resident = false;
        shared.load_takes = time;
        drop(shared);
        self
    }

    /// Fails the next load with this error.
    #[must_use]
    pub fn failing_to_load(mut self, error: ChatError) -> Self {
        Arc::make_mut(&mut self.info).loaded = false;
        let mut shared = self.shared();
        shared.resident = false;
        shared.load_errors.push_back(error);
        drop(shared);
        self
    }

    /// Sets how long it stays in memory after a call.
    #[must_use]
    pub fn with_keep_alive(mut self, time: Duration) -> Self {
        self.stays = time;
        self
    }

    /// Its host has refused this.
    #[must_use]
    pub fn limited(mut self, limitation: Limitation) -> Self {
        self.limitations.push(limitation);
        self
    }

    /// Reports this many tokens as its usual thought before a reply.
    #[must_use]
    pub fn usually_thinking(mut self, tokens: u32) -> Self {
        self.thinks = Some(tokens);
        self
    }

    /// Says that it runs on the processor.
    #[must_use]
    pub fn running_on_cpu(mut self) -> Self {
        self.on_processor = true;
        self
    }

    /// Counts as resident without being known to be.
    #[must_use]
    pub fn not_reporting_residency(mut self) -> Self {
        self.reports_residency = false;
        self
    }

    /// Lets it embed texts, each call in this time: a text becomes the vector of its length and 1.
    #[must_use]
    pub fn embedding_takes(mut self, time: Duration) -> Self {
        Arc::make_mut(&mut self.info).embeds = true;
        self.shared().embedding_takes = time;
        self
    }

    /// Keeps no requests, for long runs.
    #[must_use]
    pub fn without_records(self) -> Self {
        self.shared().records = false;
        self
    }

    /// Pushes the model out of memory, as its host might.
    pub fn evict(&self) {
        self.shared().resident = false;
    }

    /// What happened to it so far.
    #[must_use]
    pub fn record(&self) -> CallRecord {
        self.shared().record.clone()
    }

    pub(super) fn on_host(mut self, host: &HostName) -> Self {
        Arc::make_mut(&mut self.info).host = host.clone();
        self
    }

    pub(super) fn in_memory(mut self, memory: &Memory) -> Self {
        self.memory = memory.clone();
        self.touch();
        self
    }

    async fn perform(self, request: ChatRequest) -> Box<RunningReply> {
        // As a host that was not asked to load it. A load that fails then fails the call.
        let begun = Instant::now();
        let unloaded = if self.memory.is_limited() && !self.shared().resident {
            self.shared().record.loads_by_chats += 1;
            self.load().await.err()
        } else {
            None
        };
        let loading = begun.elapsed();
        self.touch();
        Box::new(self.begin(request, unloaded.map(ScriptedReply::fails), loading))
    }

    fn begin(
        &self,
        request: ChatRequest,
        failure: Option<ScriptedReply>,
        loading: Duration,
    ) -> RunningReply {
        let mut shared = self.shared();
        let reply = match failure.or_else(|| shared.replies.pop_front()) {
            Some(reply) => reply,
            None => (shared.answer)(&request),
        };
        let records = shared.records;
        let record = &mut shared.record;
        record.calls += 1;
        record.in_flight += 1;
        record.most_in_flight = record.most_in_flight.max(record.in_flight);
        if records {
            record.requests.push(request);
        }
        drop(shared);
        let model = (self.memory.clone(), Arc::clone(&self.shared));
        RunningReply::new(reply.play(), model, loading)
    }

    pub(super) async fn embed(self, texts: Vec<String>) -> Result<Embeddings, ChatError> {
        let takes = {
            let mut shared = self.shared();
            shared.record.embedded.push(texts.clone());
            shared.embedding_takes
        };
        if self.memory.is_limited() {
            self.load().await?;
        }
        self.touch();
        sleep(takes).await;
        let vector = |text: &String| vec![text.chars().map(|_| 1.0).sum(), 1.0];
        Ok(Embeddings { vectors: texts.iter().map(vector).collect(), prompt_tokens: None })
    }

    async fn load(&self) -> Result<(), ChatError> {
        let (takes, fails) = {
            let mut shared = self.shared();
            if shared.resident {
                return Ok(());
            }
            shared.record.loads += 1;
            (shared.load_takes, shared.load_errors.pop_front())
        };
        sleep(takes).await;
        let mut shared = self.shared();
        shared.record.loads_ended += 1;
        shared.resident |= fails.is_none();
        drop(shared);
        match fails {
            None => {
                self.touch();
                Ok(())
            }
            Some(error) => Err(error),
        }
    }

    /// It is used, if it is in memory at all.
    pub(super) fn touch(&self) {
        touch(&self.memory, &self.shared);
    }

    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }
}

/// The model is used, if it is in memory at all.
pub(super) fn touch(memory: &Memory, model: &Arc<Mutex<Shared>>) {
    let resident = model.lock().resident;
    if resident {
        memory.used(&(Arc::<Mutex<Shared>>::clone(model) as _));
    }
}

impl ChatModel for ScriptedModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let first = Act::Called(Box::new((self.clone(), request)));
        let next = |act| async {
            let mut performance = match act {
                Act::Called(call) => Box::pin(call.0.perform(call.1)).await,
                Act::Performing(performance) => performance,
            };
            Some((performance.next().await?, Act::Performing(performance)))
        };
        stream::unfold(first, next).boxed()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        let model = self.clone();
        async move { model.load().await }.boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        let model = self.clone();
        async move {
            let mut shared = model.shared();
            shared.record.checks += 1;
            shared.resident
        }
        .boxed()
    }

    fn limitations(&self) -> Vec<Limitation> {
        self.limitations.clone()
    }

    fn usual_thinking(&self, _form: &ReplyForm) -> Option<u32> {
        self.thinks
    }

    fn runs_on_cpu(&self) -> bool {
        self.on_processor
    }

    fn reports_residency(&self) -> bool {
        self.reports_residency
    }

    fn keep_alive(&self) -> Duration {
        self.stays
    }
}

/// What a call is about to do. Boxed, since the stream moves it in and out for every event.
enum Act {
    /// It begins when the stream is polled.
    Called(Box<(ScriptedModel, ChatRequest)>),
    Performing(Box<RunningReply>),
}
