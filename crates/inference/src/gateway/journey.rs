use std::{mem, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};

use super::{
    call::Call,
    gated_model::GatedModel,
    health::{Health, Probe},
    host_wait::{HostWait, Trials, Turn},
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
    /// No host that may serve it takes calls.
    Waiting(Box<HostWait>),
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
    /// The call tries for all that wait for the host.
    trials: Trials,
    model: GatedModel,
}

/// The host fails, and the call need not stay in its queue.
struct Leaves;

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
                        Err(Leaves) => self.evade(),
                    }
                }
                Stage::Waiting(wait) => match Box::pin(wait.turn()).await {
                    Turn::Wait(phase) => return Some(Ok(ChatEvent::Phase(phase))),
                    Turn::Go(model, trials) => self.go_on(model, trials),
                    Turn::GiveUp { waited, failures } => {
                        self.stage = Stage::Over;
                        return Some(Err(self.without_host(waited, failures)));
                    }
                },
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
                match model.access(call.is_patient()) {
                    Ok(trials) => Stage::At(Box::new(Stop::new(call, model, trials))),
                    Err(why) => {
                        Stage::Waiting(Box::new(HostWait::new(call, model, why.is_loading())))
                    }
                }
            }
            Stage::At(_) | Stage::Waiting(_) | Stage::Over => stage,
        };
    }

    /// Where the call is, if that is another host than was told.
    fn tell(&mut self) -> Option<ChatEvent> {
        let Stage::At(stop) = &self.stage else { return None };
        let info = stop.model.info();
        (info.host != self.told).then(|| {
            self.told = info.host.clone();
            ChatEvent::Moved(Arc::new(info.clone()))
        })
    }

    fn look_at(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Phase(Phase::Generating) | ChatEvent::Finished(_) => {
                if let Stage::At(stop) = &mut self.stage {
                    stop.probe = None;
                    stop.trials = Trials::default();
                }
                for health in self.troubles.take().into_iter().flat_map(|met| met.refused_by) {
                    health.refused_what_others_serve();
                }
            }
            ChatEvent::Phase(
                Phase::Away { .. } | Phase::Queued { .. } | Phase::Loading | Phase::Prompting,
            )
            | ChatEvent::Moved(_)
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
        if !error.may_succeed_elsewhere() {
            return Err(error);
        }
        if let ChatError::SharedContextFull { .. } = error {
            let model = stop.model.clone();
            self.move_to(model, Trials::default());
            return Ok(());
        }
        if stop.call.waits_after(&error) {
            self.wait(matches!(error, ChatError::Loading { .. }));
            return Ok(());
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
            match next.access(stop.call.is_patient()) {
                Ok(trials) => self.move_to(next, trials),
                Err(why) => self.wait(why.is_loading()),
            }
            return Ok(());
        }
        let mut failures = self.troubles.take().map(|met| met.failures).unwrap_or_default();
        if failures.is_empty() {
            return Err(error);
        }
        failures.push(error);
        Err(ChatError::AllHostsFailed { failures })
    }

    /// Leaves the queue of a host that fails.
    fn evade(&mut self) {
        let Stage::At(stop) = &mut self.stage else { return };
        let (from, is_patient) = (stop.model.host(), stop.call.is_patient());
        let next = stop.call.route_mut().and_then(|route| route.best());
        let Some(next) = next.filter(|next| next.host() != from) else { return self.wait(false) };
        let to = next.host();
        tracing::warn!(%from, %to, "a call that waits for a host that fails moves to another");
        match next.access(is_patient) {
            Ok(trials) => self.move_to(next, trials),
            Err(why) => self.wait(why.is_loading()),
        }
    }

    /// Waits for the hosts that may serve the call.
    fn wait(&mut self, is_loading: bool) {
        let stage = mem::replace(&mut self.stage, Stage::Over);
        self.stage = match stage {
            Stage::At(stop) => {
                let Stop { mut call, model, .. } = *stop;
                call.park();
                Stage::Waiting(Box::new(HostWait::new(call, model, is_loading)))
            }
            Stage::New(_) | Stage::Waiting(_) | Stage::Over => stage,
        };
    }

    /// Goes on at a host that takes calls.
    fn go_on(&mut self, model: GatedModel, trials: Trials) {
        let stage = mem::replace(&mut self.stage, Stage::Over);
        self.stage = match stage {
            Stage::Waiting(wait) => {
                let HostWait { call, model: left, .. } = *wait;
                Self::at(call, &left, model, trials)
            }
            Stage::New(_) | Stage::At(_) | Stage::Over => stage,
        };
    }

    fn move_to(&mut self, model: GatedModel, trials: Trials) {
        let stage = mem::replace(&mut self.stage, Stage::Over);
        self.stage = match stage {
            Stage::At(stop) => {
                let Stop { mut call, probe, trials: tried, model: left } = *stop;
                call.end();
                drop((probe, tried));
                Self::at(call, &left, model, trials)
            }
            Stage::New(_) | Stage::Waiting(_) | Stage::Over => stage,
        };
    }

    fn at(call: Call, left: &GatedModel, model: GatedModel, trials: Trials) -> Stage {
        if left.host() != model.host() {
            left.health().leave();
        }
        let call = call.moved_to(&model);
        Stage::At(Box::new(Stop::new(call, model, trials)))
    }

    /// The end of a call that waited for hosts as long as it may, and what they do. Other hosts have
    /// failed otherwise.
    fn without_host(&mut self, waited: Duration, mut failures: Vec<ChatError>) -> ChatError {
        let earlier = self.troubles.take().map(|met| met.failures).unwrap_or_default();
        failures.extend(earlier.into_iter().filter(|error| !error.is_host_not_ready()));
        ChatError::NoHostReady { waited, failures }
    }
}

impl Stop {
    fn new(call: Call, model: GatedModel, trials: Trials) -> Self {
        let probe = model.health().enter();
        Self { call, probe, trials, model }
    }

    /// It need not stay if the host fails. It is for the others that a host is left alone while this
    /// call probes it.
    fn may_leave(&self) -> bool {
        self.call.is_waiting() && self.probe.is_none() && self.trials.are_none()
    }

    /// The next event of the call, unless calls have to wait for the host before it, or the host rests
    /// and another would take the call.
    async fn event_before_rest(&mut self) -> Result<Option<Result<ChatEvent, ChatError>>, Leaves> {
        let Self { call, model, .. } = self;
        let is_patient = call.is_patient();
        let event = async {
            tokio::select! {
                biased;
                // First, for who fails hands its place on.
                () = model.health().rests() => {
                    if call.may_move() { Err(Leaves) } else { Ok(call.next().await) }
                }
                event = call.next() => Ok(event),
            }
        };
        tokio::select! {
            biased;
            () = model.outage_begins(), if is_patient => Err(Leaves),
            event = event => event,
        }
    }
}
