use std::{mem, sync::Arc};

use futures_util::{StreamExt, stream};

use super::{
    call::Call,
    gated_model::GatedModel,
    health::{Health, Probe},
    route::Route,
};
use crate::{ChatError, ChatEvent, ChatModel, ChatRequest, ChatStream, HostName, Phase};

/// A call from host to host, until one of them brings output: that one serves it to its end.
pub(super) struct Journey {
    stage: Stage,
    /// The host that the caller takes it to be at.
    told: HostName,
    /// Boxed, as there are seldom any.
    troubles: Option<Box<Troubles>>,
}

/// What a call has met with on its way.
#[derive(Default)]
struct Troubles {
    failures: Vec<ChatError>,
    /// The hosts that refused it.
    refused_by: Vec<Arc<Health>>,
}

enum Stage {
    New(Box<Start>),
    At(Box<Stop>),
    Over,
}

/// A call that nobody has waited for yet.
struct Start {
    own: GatedModel,
    request: ChatRequest,
    route: Option<Box<Route>>,
}

/// The call at a host.
struct Stop {
    // Dropped before the probe: the host is left before the next is let through.
    call: Call,
    probe: Option<Probe>,
    model: GatedModel,
}

/// The host rests now, and the call need not wait for it.
struct Rests;

impl Journey {
    /// A call that this model serves, whatever happens.
    pub(super) fn to(model: GatedModel, request: ChatRequest) -> Self {
        Self::new(model, request, None)
    }

    /// A call that others than its own model may serve.
    pub(super) fn along(route: Route, own: GatedModel, request: ChatRequest) -> Self {
        Self::new(own, request, Some(Box::new(route)))
    }

    fn new(own: GatedModel, request: ChatRequest, route: Option<Box<Route>>) -> Self {
        Self {
            told: own.host().clone(),
            stage: Stage::New(Box::new(Start { own, request, route })),
            troubles: None,
        }
    }

    pub(super) fn into_stream(self) -> ChatStream {
        // Boxed, since the stream moves it in and out for every event.
        stream::unfold(Box::new(self), |mut call| async { Some((call.next().await?, call)) })
            .boxed()
    }

    /// The next event; `None` after the last.
    async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        loop {
            match &mut self.stage {
                Stage::Over => return None,
                Stage::New(_) => self.begin(),
                Stage::At(stop) => {
                    let event = if stop.may_leave() {
                        // Boxed: a call mostly waits for its reply, and then may not leave.
                        Box::pin(stop.event_before_rest()).await
                    } else {
                        Ok(stop.call.next().await)
                    };
                    match event {
                        Ok(Some(Ok(event))) => {
                            self.look_at(&event);
                            return Some(Ok(event));
                        }
                        Ok(Some(Err(error))) => {
                            if let Err(error) = self.fail(error) {
                                self.stage = Stage::Over;
                                return Some(Err(error));
                            }
                        }
                        Ok(None) => self.stage = Stage::Over,
                        Err(Rests) => self.evade(),
                    }
                }
            }
            if let Some(event) = self.tell() {
                return Some(Ok(event));
            }
        }
    }

    /// Goes to the first host.
    fn begin(&mut self) {
        let stage = mem::replace(&mut self.stage, Stage::Over);
        self.stage = match stage {
            Stage::New(start) => {
                let Start { own, request, route } = *start;
                let model = route.as_deref().and_then(Route::best).unwrap_or(own);
                let call = Call::new(&model, request, route);
                Stage::At(Box::new(Stop::new(call, model)))
            }
            Stage::At(_) | Stage::Over => stage,
        };
    }

    /// Where the call is, if that is another host than was told.
    fn tell(&mut self) -> Option<ChatEvent> {
        let Stage::At(stop) = &self.stage else { return None };
        let card = stop.model.card();
        (card.host != self.told).then(|| {
            self.told = card.host.clone();
            ChatEvent::At(Arc::new(card.clone()))
        })
    }

    fn look_at(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Phase(Phase::Generating) | ChatEvent::Finished(_) => {
                if let Stage::At(stop) = &mut self.stage {
                    stop.probe = None;
                }
                for health in self.troubles.take().into_iter().flat_map(|met| met.refused_by) {
                    health.refused_what_others_serve();
                }
            }
            ChatEvent::Phase(Phase::Queued { .. } | Phase::Loading | Phase::Prompting)
            | ChatEvent::At(_)
            | ChatEvent::Thinking(_)
            | ChatEvent::Delta(_)
            | ChatEvent::Corrected { .. } => {}
        }
    }

    /// Goes on to the next host, if that may help.
    fn fail(&mut self, error: ChatError) -> Result<(), ChatError> {
        let Stage::At(stop) = &mut self.stage else { return Err(error) };
        if let ChatError::ModelNotFound { .. } = error {
            stop.model.forget();
        }
        if !error.may_go_better_elsewhere() {
            return Err(error);
        }
        if let ChatError::Refused { .. } = error {
            self.troubles.get_or_insert_default().refused_by.push(Arc::clone(stop.model.health()));
        }
        let next = stop.call.route_mut().and_then(|route| {
            route.close(stop.model.host().clone());
            route.best()
        });
        if let Some(next) = next {
            let (from, to) = (stop.model.host(), next.host());
            tracing::warn!(%from, %to, %error, "a call failed and moves to another host");
            self.troubles.get_or_insert_default().failures.push(error);
            self.move_to(next);
            return Ok(());
        }
        let mut failures = self.troubles.take().map(|met| met.failures).unwrap_or_default();
        if failures.is_empty() {
            return Err(error);
        }
        failures.push(error);
        Err(ChatError::Everywhere { failures })
    }

    /// Leaves the queue of a host that rests.
    fn evade(&mut self) {
        let Stage::At(stop) = &mut self.stage else { return };
        if let Some(next) = stop.call.route_mut().and_then(|route| route.best()) {
            let (from, to) = (stop.model.host(), next.host());
            tracing::warn!(%from, %to, "a call that waits for a host that fails moves to another");
            self.move_to(next);
        }
    }

    fn move_to(&mut self, model: GatedModel) {
        let stage = mem::replace(&mut self.stage, Stage::Over);
        self.stage = match stage {
            Stage::At(stop) => {
                let Stop { call, probe, model: left } = *stop;
                left.health().leave();
                let call = call.moved_to(&model);
                drop(probe);
                Stage::At(Box::new(Stop::new(call, model)))
            }
            Stage::New(_) | Stage::Over => stage,
        };
    }
}

impl Stop {
    fn new(call: Call, model: GatedModel) -> Self {
        let probe = model.health().enter();
        Self { call, probe, model }
    }

    /// It need not stay if the host begins to rest. It is for the others that a host rests while
    /// this call probes it.
    fn may_leave(&self) -> bool {
        self.call.is_waiting() && self.probe.is_none()
    }

    /// The next event of the call, unless the host rests before it and another would take the call.
    async fn event_before_rest(&mut self) -> Result<Option<Result<ChatEvent, ChatError>>, Rests> {
        tokio::select! {
            biased;
            // First, for who fails hands its place on.
            () = self.model.health().rests() => {
                if self.call.may_move() { Err(Rests) } else { Ok(self.call.next().await) }
            }
            event = self.call.next() => Ok(event),
        }
    }
}
