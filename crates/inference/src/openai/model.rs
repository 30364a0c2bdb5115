use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream,
};
use synod_openai_client::{Client, ErrorKind, TimeLimits};
use tokio::time::Instant;

use super::{
    error::{call_error, refusal_in},
    reply::Reply,
    request,
    slots::{SlotLease, Slots},
    thinking_switch::ThinkingSwitch,
};
use crate::{
    ChatError, ChatModel, ChatRequest, ChatStream, Limitation, ModelInfo,
    most_tokens::MostTokens,
    refusal::{self, Adjusted, Learnt, Refusal, RefusingServer},
    thought::ThoughtHabit,
};

/// The longest call, also if the caller sets no limit.
pub(super) const LONGEST_CALL: Duration = Duration::from_hours(24);

/// A model on a server that speaks OpenAI's protocol.
pub(super) struct OpenAiModel(Arc<Inner>);

struct Inner {
    info: ModelInfo,
    client: Client,
    habit: Arc<ThoughtHabit>,
    learnt: Arc<Learnt>,
    switch: Arc<ThinkingSwitch>,
    slots: Arc<Slots>,
}

impl OpenAiModel {
    pub(super) fn new(
        info: ModelInfo,
        client: Client,
        learnt: Arc<Learnt>,
        slots: Arc<Slots>,
    ) -> Self {
        let habit = Arc::new(ThoughtHabit::of_model(info.model.as_str()));
        Self(Arc::new(Inner { info, client, habit, learnt, switch: Arc::default(), slots }))
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
        let is_thinking_avoided = request.sampling.thinking.is_avoided
            && !request.without.has(Limitation::ThinkingSwitch);
        let most = MostTokens::of(&request, request.output_limit(false));
        let (slots, prompt) = (Arc::clone(&self.slots), request.messages.clone());
        let (info, mut request) = (self.info.clone(), request::chat(&request, &self.info));
        let (client, switch) = (self.client.clone(), Arc::clone(&self.switch));
        async move {
            let begun = Instant::now();
            let lease = slots.acquire(&prompt).await;
            drop(prompt);
            request.slot = lease.as_ref().map(SlotLease::id);
            // One clock for all: waiting for a slot and for the first token is part of the call.
            let left = left.saturating_sub(begun.elapsed());
            let client =
                client.with_limits(TimeLimits { first_byte: None, idle: None, total: Some(left) });
            let begin = Instant::now();
            let sent = if is_thinking_avoided {
                send_without_thinking(&switch, &client, &mut request).await
            } else {
                client.chat_stream(&request).await
            };
            match sent {
                Ok(chunks) => {
                    let reply = Reply::new(chunks, info, limit, &habit, is_object, most);
                    Ok(events(reply, lease))
                }
                Err(error) => Err(call_error(error, &info, limit, begin, false)),
            }
        }
        .boxed()
    }

    fn refusal(&self, error: &ChatError) -> Option<Refusal> {
        refusal_in(refusal::said(error)?)
    }

    fn adds(&self, request: &Adjusted) -> Vec<Limitation> {
        request::adds(request)
    }

    fn thinks(&self) -> bool {
        false
    }

    fn most_stops(&self) -> usize {
        request::MOST_STOPS
    }
}

/// Asks for a reply without thinking in a way that the server does not refuse. Nothing is worked on
/// before it takes one.
async fn send_without_thinking(
    switch: &ThinkingSwitch,
    client: &Client,
    request: &mut synod_openai_client::ChatRequest,
) -> Result<synod_openai_client::ChatStream, synod_openai_client::Error> {
    let mut way = switch.way();
    loop {
        way.write(request);
        match client.chat_stream(request).await {
            // The model has thought all the same.
            Err(error) if refusal_in(&error).is_some_and(|refusal| refusal.is_used_up()) => {
                switch.taken(way);
                return Err(error);
            }
            Err(error) if error.kind() == ErrorKind::BadRequest => match way.next() {
                Some(next) => way = next,
                None => return Err(error),
            },
            sent => {
                if sent.is_ok() {
                    switch.taken(way);
                }
                return sent;
            }
        }
    }
}

/// The events of a reply, and the slot that it is served in until its end.
fn events(reply: Reply, lease: Option<SlotLease>) -> ChatStream {
    // Boxed, since the stream moves it in and out for every event.
    stream::unfold(Box::new((reply, lease)), |mut serving| async {
        let event = serving.0.next().await?;
        if let (Ok(_), Some(lease)) = (&event, &mut serving.1) {
            lease.read();
        }
        Some((event, serving))
    })
    .boxed()
}

impl ChatModel for OpenAiModel {
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

    /// Nothing: whether and when a model is loaded is up to the server.
    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        future::ready(Ok(())).boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        future::ready(true).boxed()
    }

    fn reports_residency(&self) -> bool {
        false
    }
}
