use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream,
};
use synod_ollama_client::{Error, ErrorKind, GenerateRequest, Options, TimeLimits};
use tokio::time::Instant;

use super::{
    error::{call_error, is_no_chat, refusal_in},
    load_profile::FixedProfile,
    reply::Reply,
    request,
    server::Server,
    thinker::Thinker,
};
use crate::{
    ChatError, ChatModel, ChatRequest, ChatStream, Limitation, ModelInfo, ReplyForm,
    most_tokens::MostTokens,
    refusal::{self, Adjusted, Learnt, Refusal, RefusingServer},
    thought::ThoughtHabit,
};

/// The longest load. Giving up aborts the load for all callers, so this only ends one that is lost.
const LONGEST_LOAD: Duration = Duration::from_hours(1);

/// The longest call, also if the caller sets no limit.
pub(super) const LONGEST_CALL: Duration = Duration::from_hours(24);

/// A model on an Ollama server.
#[derive(Clone)]
pub(super) struct OllamaModel(Arc<Inner>);

struct Inner {
    info: ModelInfo,
    server: Arc<Server>,
    profile: Arc<FixedProfile>,
    thinker: Option<Thinker>,
    habit: Arc<ThoughtHabit>,
    learnt: Arc<Learnt>,
}

impl OllamaModel {
    pub(super) fn new(
        info: ModelInfo,
        server: Arc<Server>,
        profile: Arc<FixedProfile>,
        thinks: bool,
        learnt: Arc<Learnt>,
    ) -> Self {
        let thinker = thinks.then(|| Thinker::of(&info));
        let habit = Arc::new(ThoughtHabit::of_model(info.model.as_str()));
        Self(Arc::new(Inner { info, server, profile, thinker, habit, learnt }))
    }
}

impl Inner {
    async fn is_loaded(&self) -> Result<bool, Error> {
        let loaded = self.server.loaded(&self.info.model).await?;
        let is_right = self.profile.fix(loaded);
        // The server does not report in full how it was loaded. To load it now is better than in a call.
        Ok(is_right && (self.profile.was_loaded_here() || !self.server.reloads_for_shift()))
    }

    async fn load(&self) -> Result<(), ChatError> {
        if self.is_loaded().await.unwrap_or(false) {
            return Ok(());
        }
        let mut request = GenerateRequest::new(self.info.model.as_str(), "");
        request.keep_alive = self.profile.keep_alive();
        request.shift =
            self.server.shift().filter(|_| !self.learnt.is_refused(Limitation::ShiftSwitch));
        // A server that imitates Ollama may reply to the empty prompt: as briefly as possible.
        let (num_ctx, num_predict) = (self.profile.num_ctx(), Some(1));
        request.options = Some(Options { num_ctx, num_predict, ..Options::default() });
        let limits = TimeLimits { first_byte: Some(LONGEST_LOAD), idle: None, total: None };
        let client = self.server.client.with_limits(limits);
        let begin = Instant::now();
        let mut loaded = client.generate(&request).await;
        // A call finds out what of it is refused; a load needs none of what is optional.
        if request.shift.is_some()
            && loaded.as_ref().is_err_and(|error| error.kind() == ErrorKind::BadRequest)
        {
            request.shift = None;
            loaded = client.generate(&request).await;
        }
        match loaded {
            // A server that imitates Ollama may have chats only, which load the model.
            Err(error) if error.kind() == ErrorKind::EndpointMissing => {
                tracing::debug!(host = %self.info.host, %error, "loaded by its first call");
                return Ok(());
            }
            Err(error) => {
                return Err(call_error(error, &self.info, LONGEST_LOAD, begin, false));
            }
            Ok(_) => {}
        }
        let reported = self.server.loaded(&self.info.model).await.unwrap_or_else(|error| {
            tracing::debug!(host = %self.info.host, %error, "could not list the loaded models");
            None
        });
        self.profile.loaded_as(reported);
        Ok(())
    }
}

impl RefusingServer for Inner {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn learnt(&self) -> &Learnt {
        &self.learnt
    }

    fn send(
        &self,
        request: Adjusted,
        left: Duration,
        limit: Duration,
    ) -> BoxFuture<'static, Result<ChatStream, ChatError>> {
        let (is_object, habit) = (request.wants_json, Arc::clone(&self.habit));
        let most = MostTokens::of(&request, request.output_limit(self.thinker.is_some()));
        let shift = self.server.shift();
        let request = request::chat(request, &self.info, &self.profile, self.thinker, shift);
        let request = match request {
            Ok(request) => request,
            Err(error) => return future::ready(Err(error)).boxed(),
        };
        // One clock for all: waiting for the first token is part of the call.
        let limits = TimeLimits { first_byte: None, idle: None, total: Some(left) };
        let (client, info) = (self.server.client.with_limits(limits), self.info.clone());
        async move {
            let begin = Instant::now();
            match client.chat_stream(&request).await {
                Ok(chunks) => Ok(events(Reply::new(chunks, info, limit, &habit, is_object, most))),
                Err(error) => Err(call_error(error, &info, limit, begin, false)),
            }
        }
        .boxed()
    }

    fn refusal(&self, error: &ChatError) -> Option<Refusal> {
        let said = refusal::said::<synod_ollama_client::Error>(error)?;
        // A load that fails is no refusal, and each further request would load again. A model that
        // does not chat does not whatever is left out.
        let kind = said.reported_kind().unwrap_or_else(|| said.kind());
        if matches!(kind, ErrorKind::LoadFailed | ErrorKind::RunnerCrashed) || is_no_chat(said) {
            return None;
        }
        refusal_in(said)
    }

    fn adds(&self, request: &Adjusted) -> Vec<Limitation> {
        request::adds(request, self.thinker, self.server.shift())
    }

    fn thinks(&self) -> bool {
        self.thinker.is_some()
    }

    fn most_stops(&self) -> usize {
        usize::MAX
    }
}

fn events(reply: Reply) -> ChatStream {
    // Boxed, since the stream moves it in and out for every event.
    let next = |mut reply: Box<Reply>| async { Some((reply.next().await?, reply)) };
    stream::unfold(Box::new(reply), next).boxed()
}

impl ChatModel for OllamaModel {
    fn info(&self) -> &ModelInfo {
        &self.0.info
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let limit = request.time_limit.min(LONGEST_CALL);
        refusal::ask(Arc::clone(&self.0) as _, request, limit)
    }

    fn limitations(&self) -> Vec<Limitation> {
        self.0.learnt.limitations()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        let model = Arc::clone(&self.0);
        async move { model.load().await }.boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        let model = Arc::clone(&self.0);
        async move { model.is_loaded().await.unwrap_or(false) }.boxed()
    }

    fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        self.0.thinker.map(|thinker| thinker.presumed(form))
    }

    fn runs_on_cpu(&self) -> bool {
        self.0.profile.runs_on_cpu()
    }

    fn window(&self) -> Option<u32> {
        self.0.profile.window()
    }

    fn keep_alive(&self) -> Duration {
        self.0.profile.stays_loaded()
    }
}
