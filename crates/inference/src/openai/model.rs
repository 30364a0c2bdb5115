use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt, TryFutureExt,
    future::{self, BoxFuture},
    stream,
};
use synod_openai_client::{Client, Limits};

use super::{error::call_error, reply::Reply, request};
use crate::{ChatError, ChatModel, ChatRequest, ChatStream, ModelCard};

/// The longest call, also of callers who set no limit.
pub(super) const LONGEST_CALL: Duration = Duration::from_hours(24);

/// A model on a server that speaks OpenAI's protocol.
pub(super) struct OpenAiModel(Arc<Inner>);

struct Inner {
    card: ModelCard,
    client: Client,
}

impl OpenAiModel {
    pub(super) fn new(card: ModelCard, client: Client) -> Self {
        Self(Arc::new(Inner { card, client }))
    }
}

impl Inner {
    async fn send(self: Arc<Self>, request: ChatRequest) -> Result<Reply, ChatError> {
        let limit = request.time_limit.min(LONGEST_CALL);
        let request = request::chat(request, &self.card)?;
        // One clock for all: waiting for the first token is part of the call.
        let limits = Limits { first_byte: None, idle: None, total: Some(limit) };
        match self.client.with_limits(limits).chat_stream(&request).await {
            Ok(chunks) => Ok(Reply::new(chunks, self.card.clone(), limit)),
            Err(error) => Err(call_error(error, &self.card, limit, false)),
        }
    }
}

impl ChatModel for OpenAiModel {
    fn card(&self) -> &ModelCard {
        &self.0.card
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        // Boxed: sending takes several times the room of the reply, which lasts longer.
        let sent = Arc::clone(&self.0).send(request).boxed();
        sent.map_ok(|reply| {
            // Boxed, since the stream moves it in and out for every event.
            let reply = Box::new(reply);
            stream::unfold(reply, |mut reply| async { Some((reply.next().await?, reply)) })
        })
        .try_flatten_stream()
        .boxed()
    }

    /// Nothing: whether and when a model is loaded is up to the server.
    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        future::ready(Ok(())).boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        future::ready(true).boxed()
    }

    fn tells_residency(&self) -> bool {
        false
    }
}
