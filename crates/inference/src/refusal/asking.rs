use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};

use super::{
    call::Call,
    refusing_server::RefusingServer,
    stop_filter::{Filtered, StopFilter},
};
use crate::{ChatError, ChatEvent, ChatRequest, ChatStream, Completion, StopReason};

/// Asks a model. Where its host refuses something optional, the request is sent without it, before
/// any output and within the clock of the call, and so are the requests after it.
pub(crate) fn ask(
    server: Arc<dyn RefusingServer>,
    request: ChatRequest,
    limit: Duration,
) -> ChatStream {
    let asking = Asking {
        stage: Stage::New(Box::new((server, request, limit))),
        stops: None,
        events: VecDeque::new(),
    };
    // Boxed, since the stream moves it in and out for every event.
    stream::unfold(Box::new(asking), |mut asking| async { Some((asking.next().await?, asking)) })
        .boxed()
}

struct Asking {
    stage: Stage,
    /// What the host does not stop at.
    stops: Option<Box<StopFilter>>,
    /// Events that are still to be sent.
    events: VecDeque<Result<ChatEvent, ChatError>>,
}

enum Stage {
    /// It was not polled yet.
    New(Box<(Arc<dyn RefusingServer>, ChatRequest, Duration)>),
    /// About to be sent.
    Sending(Box<Call>),
    Replying {
        reply: ChatStream,
        /// Until there is output, since then it is never sent again.
        call: Option<Box<Call>>,
    },
    Over,
}

impl Asking {
    /// The next event; `None` after the last.
    async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            self.stage = match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::New(asked) => {
                    let (server, request, limit) = *asked;
                    Stage::Sending(Box::new(Call::new(server, request, limit)))
                }
                // Boxed: sending takes several times the room of the reply, which lasts longer.
                Stage::Sending(call) => self.send(call).await,
                Stage::Replying { mut reply, call } => match reply.next().await {
                    Some(event) => self.receive(event, reply, call).await,
                    None => Stage::Over,
                },
                Stage::Over => return None,
            };
        }
    }

    async fn send(&mut self, mut call: Box<Call>) -> Stage {
        match Box::pin(call.send()).await {
            Ok((reply, unsent_stops)) => {
                self.stops = StopFilter::new(unsent_stops).map(Box::new);
                Stage::Replying { reply, call: Some(call) }
            }
            Err(error) => self.fail(&call, error),
        }
    }

    async fn receive(
        &mut self,
        event: Result<ChatEvent, ChatError>,
        reply: ChatStream,
        call: Option<Box<Call>>,
    ) -> Stage {
        match (event, call) {
            (Err(error), Some(mut call)) => match Box::pin(call.step_back(error)).await {
                Ok(()) => Stage::Sending(call),
                Err(error) => self.fail(&call, error),
            },
            (Err(error), None) => {
                self.flush();
                self.end(Err(error))
            }
            (Ok(event), call) => {
                if let Some(call) = call {
                    call.succeeded();
                }
                self.forward(event, reply)
            }
        }
    }

    fn forward(&mut self, event: ChatEvent, reply: ChatStream) -> Stage {
        match (event, self.stops.as_deref_mut()) {
            (ChatEvent::Delta(piece), Some(stops)) => match stops.push(&piece) {
                Filtered::Open(text) => self.say(text),
                Filtered::Ended(text) => {
                    self.say(text);
                    // The host is left, and has not said what it counted.
                    let reason = StopReason::Stop;
                    let completion = Completion { reason, ..Completion::default() };
                    return self.end(Ok(ChatEvent::Finished(completion)));
                }
            },
            (ChatEvent::Finished(completion), _) => {
                self.flush();
                return self.end(Ok(ChatEvent::Finished(completion)));
            }
            (event, _) => self.events.push_back(Ok(event)),
        }
        Stage::Replying { reply, call: None }
    }

    fn flush(&mut self) {
        if let Some(mut stops) = self.stops.take() {
            self.say(stops.rest());
        }
    }

    fn say(&mut self, text: String) {
        if !text.is_empty() {
            self.events.push_back(Ok(ChatEvent::Delta(text)));
        }
    }

    /// Ends a call without output. One whose limit was used up is a reply without words.
    fn fail(&mut self, call: &Call, error: ChatError) -> Stage {
        let Some(usage) = call.used_up(&error) else { return self.end(Err(error)) };
        let completion = Completion { reason: StopReason::Length, usage, ..Completion::default() };
        self.end(Ok(ChatEvent::Finished(completion)))
    }

    fn end(&mut self, event: Result<ChatEvent, ChatError>) -> Stage {
        self.events.push_back(event);
        Stage::Over
    }
}
