use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt, TryFutureExt,
    future::{self, BoxFuture},
    stream,
};
use synod_openai_client::{Client, Limits};

use super::{
    error::call_error,
    reply::Reply,
    request,
    slots::{Seat, Slots},
};
use crate::{ChatError, ChatModel, ChatRequest, ChatStream, ModelCard};

/// The longest call, also of callers who set no limit.
pub(super) const LONGEST_CALL: Duration = Duration::from_hours(24);

/// A model on a server that speaks OpenAI's protocol.
pub(super) struct OpenAiModel(Arc<Inner>);

struct Inner {
    card: ModelCard,
    client: Client,
    slots: Arc<Slots>,
}

impl OpenAiModel {
    pub(super) fn new(card: ModelCard, client: Client, slots: Arc<Slots>) -> Self {
        Self(Arc::new(Inner { card, client, slots }))
    }
}

impl Inner {
    /// The reply, and the slot that it is to be served in.
    async fn send(
        self: Arc<Self>,
        request: ChatRequest,
    ) -> Result<(Reply, Option<Seat>), ChatError> {
        let limit = request.time_limit.min(LONGEST_CALL);
        let seat = self.slots.seat(&request.messages);
        let mut request = request::chat(request, &self.card)?;
        request.slot = seat.as_ref().map(Seat::id);
        // One clock for all: waiting for the first token is part of the call.
        let limits = Limits { first_byte: None, idle: None, total: Some(limit) };
        match self.client.with_limits(limits).chat_stream(&request).await {
            Ok(chunks) => Ok((Reply::new(chunks, self.card.clone(), limit), seat)),
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
            let serving = Box::new(reply);
            stream::unfold(serving, |mut serving| async {
                Some((serving.0.next().await?, serving))
            })
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
}
