use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, TryFutureExt, future::BoxFuture, stream};
use synod_ollama_client::{Error, GenerateRequest, Limits, Options};

use super::{error::call_error, load_profile::FixedProfile, reply::Reply, request, server::Server};
use crate::{ChatError, ChatModel, ChatRequest, ChatStream, ModelCard};

/// The longest load. Giving up aborts it for everybody, so this only ends what is lost.
const LONGEST_LOAD: Duration = Duration::from_hours(1);

/// The longest call, also of callers who set no limit.
pub(super) const LONGEST_CALL: Duration = Duration::from_hours(24);

/// A model on an Ollama server.
#[derive(Clone)]
pub(super) struct OllamaModel(Arc<Inner>);

struct Inner {
    card: ModelCard,
    server: Arc<Server>,
    profile: Arc<FixedProfile>,
    thinks: bool,
}

impl OllamaModel {
    pub(super) fn new(
        card: ModelCard,
        server: Arc<Server>,
        profile: Arc<FixedProfile>,
        thinks: bool,
    ) -> Self {
        Self(Arc::new(Inner { card, server, profile, thinks }))
    }
}

impl Inner {
    async fn send(self: Arc<Self>, request: ChatRequest) -> Result<Reply, ChatError> {
        let limit = request.time_limit.min(LONGEST_CALL);
        let request =
            request::chat(request, &self.card, &self.profile, self.thinks, self.server.shift());
        // One clock for all: waiting for the first token is part of the call.
        let limits = Limits { first_byte: None, idle: None, total: Some(limit) };
        match self.server.client.with_limits(limits).chat_stream(&request?).await {
            Ok(chunks) => Ok(Reply::new(chunks, self.card.clone(), limit)),
            Err(error) => Err(call_error(error, &self.card, limit, false)),
        }
    }

    async fn is_loaded(&self) -> Result<bool, Error> {
        let loaded = self.server.loaded(&self.card.model).await?;
        let is_right = self.profile.fix(loaded);
        // How it was loaded is not told in full. Better it is loaded anew now than in a call.
        Ok(is_right && (self.profile.was_loaded_here() || !self.server.reloads_for_shift()))
    }

    async fn load(&self) -> Result<(), ChatError> {
        if self.is_loaded().await.unwrap_or(false) {
            return Ok(());
        }
        let mut request = GenerateRequest::new(self.card.model.as_str(), "");
        request.keep_alive = self.profile.keep_alive();
        request.shift = self.server.shift();
        let num_ctx = self.profile.num_ctx();
        request.options = Some(Options { num_ctx, ..Options::default() });
        let limits = Limits { first_byte: Some(LONGEST_LOAD), idle: None, total: None };
        let loaded = self.server.client.with_limits(limits).generate(&request).await;
        loaded.map_err(|error| call_error(error, &self.card, LONGEST_LOAD, false))?;
        let told = self.server.loaded(&self.card.model).await.unwrap_or_else(|error| {
            tracing::debug!(host = %self.card.host, %error, "does not tell what is loaded");
            None
        });
        self.profile.loaded_as(told);
        Ok(())
    }
}

impl ChatModel for OllamaModel {
    fn card(&self) -> &ModelCard {
        &self.0.card
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        // Boxed: sending takes four times the room of the reply, which lasts longer.
        let sent = Arc::clone(&self.0).send(request).boxed();
        sent.map_ok(|reply| {
            // Boxed, since the stream moves it in and out for every event.
            let reply = Box::new(reply);
            stream::unfold(reply, |mut reply| async { Some((reply.next().await?, reply)) })
        })
        .try_flatten_stream()
        .boxed()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        let model = Arc::clone(&self.0);
        async move { model.load().await }.boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        let model = Arc::clone(&self.0);
        async move { model.is_loaded().await.unwrap_or(false) }.boxed()
    }

    fn runs_on_processor(&self) -> bool {
        self.0.profile.runs_on_processor()
    }

    fn window(&self) -> Option<u32> {
        self.0.profile.window()
    }

    fn stays_resident(&self) -> Duration {
        self.0.profile.stays_loaded()
    }
}
