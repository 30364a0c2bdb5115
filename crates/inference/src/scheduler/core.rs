//! The scheduler as a pure state machine: no IO, no clock, no locks.

mod input;

use std::{collections::HashMap, mem, time::Duration};

use tokio::time::Instant;

pub(super) use self::input::{Effects, Found, Input, SlotNeed, View};

use super::{
    estimates::ServiceTimes,
    ids::{CallId, ModelId},
    memory::{AwaitsModel, BeforeUse, Disturbances, Memory, Surprise, Usable},
    model_queue::{ModelQueue, Place, Slot},
    priority::AdmissionClass,
};
use crate::HostLimits;

/// The calls and the models of one host.
pub(super) struct Core {
    memory: Memory,
    calls: HashMap<CallId, Call>,
    /// The number of the last call.
    last: CallId,
    /// Of each model.
    times: Vec<ServiceTimes>,
}

/// A call that waits for its model or uses it.
struct Call {
    model: ModelId,
    class: AdmissionClass,
    since: Instant,
    state: State,
    /// It has had its model in memory.
    has_used: bool,
}

enum State {
    /// It waits in the queue of its model.
    Queued(Place),
    /// It has a slot, or needs none, and waits until the model may be used.
    AwaitsModel(Option<Slot>),
    /// It has a slot, or needs none, and may use the model.
    Granted(BeforeUse, Option<Slot>),
}

impl Core {
    pub(super) fn new(limits: HostLimits) -> Self {
        Self { memory: Memory::new(limits), calls: HashMap::new(), last: 0, times: Vec::new() }
    }

    /// Adds a model that serves `concurrency` calls at a time and lets `max_waiting` wait.
    pub(super) fn register(
        &mut self,
        concurrency: usize,
        max_waiting: usize,
        now: Instant,
    ) -> ModelId {
        self.memory.register(ModelQueue::new(concurrency, max_waiting), now);
        self.times.push(ServiceTimes::default());
        self.times.len() - 1
    }

    /// The number for the next call.
    pub(super) const fn next_call(&mut self) -> CallId {
        self.last += 1;
        self.last
    }

    pub(super) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Applies an input and grants what can be granted.
    pub(super) fn step(&mut self, input: Input, now: Instant) -> Effects {
        let mut effects = Effects::default();
        let arriving = input.arriving();
        self.apply(input, now, &mut effects);
        // A step that asks for a survey grants nothing: the result may change which model is loaded next.
        // The next step resumes granting, at the latest that of `Input::Surveyed`.
        while effects.survey.is_none()
            && let Some(usable) = self.memory.next_usable(now)
        {
            let model = usable.model;
            let Some(granted) = self.grant(usable, now) else { break };
            // The arriving call does not wait yet.
            if Some(granted) != arriving {
                effects.wake.push(model);
            }
        }
        effects
    }

    fn apply(&mut self, input: Input, now: Instant, effects: &mut Effects) {
        match input {
            Input::Arrive { call, model, class, slot } => {
                self.arrive(call, model, (class, slot), now);
                self.wake_waiting(model, effects);
            }
            Input::End { call, cost, stays_until } => {
                if let Some(model) = self.end(call, cost, stays_until, now) {
                    self.wake_waiting(model, effects);
                }
            }
            Input::Working { call } => {
                if let Some(model) = self.calls.get(&call).map(|call| call.model) {
                    self.times[model].begin(call, now);
                }
            }
            Input::Used { call } => self.used(call),
            Input::Pause { call } => self.give_up_model(call, (true, false), now, effects),
            Input::Resume { call } => {
                if let Some(awaiting) = self.awaiting(call) {
                    awaiting.is_paused = false;
                }
            }
            Input::Checked { call, before, found } => {
                effects.survey = self.checked(call, before, found, now);
            }
            Input::WaitAgain { call, needs_load } => {
                self.give_up_model(call, (false, needs_load), now, effects);
            }
            Input::LoadBegun { call, is_shared } => self.begin_load(call, is_shared),
            Input::LoadEnded { model, took, found } => {
                self.memory.set_on_cpu(model, found.is_some_and(|found| found.runs_on_cpu));
                let stays_until = found.map(|found| found.stays_until);
                self.memory.end_load(model, stays_until, took, now);
                if found.is_some() && self.memory.wants_survey(model, now) {
                    effects.survey = Some(false);
                }
                self.wake_waiting(model, effects);
            }
            Input::Surveyed { before, models, was_pushed_out } => {
                let mut was_pushed_out = was_pushed_out;
                for (model, is_loaded) in models {
                    was_pushed_out |= self.memory.surveyed(model, is_loaded, before, now);
                }
                self.memory.learn(was_pushed_out, now);
                effects.wake.extend(0..self.times.len());
            }
            Input::SilentLoad => self.memory.loaded_something(),
            Input::HostAway => self.memory.host_was_away(),
            Input::Doubt { model } => self.memory.doubt(model),
            Input::Listed { model, is_loaded } => self.memory.listed(model, is_loaded),
            Input::Limit { model, limit } => self.memory.models[model].queue.set_limit(limit),
            Input::Tick => {}
        }
    }

    /// Returns what a waiting call learns; `None`: it has ended.
    pub(super) fn view(&mut self, call: CallId, now: Instant) -> Option<View> {
        let Call { model, state, .. } = self.calls.get(&call)?;
        let model = *model;
        let others = self.memory.ahead_of_model(model, now);
        let hosted = &mut self.memory.models[model];
        let own = match state {
            State::Granted(before_use, _) => return Some(View::Granted(*before_use)),
            State::AwaitsModel(_) => {
                hosted.awaiting.range(..call).filter(|(_, call)| !call.is_paused).count()
            }
            State::Queued(place) => {
                let ready = hosted.awaiting.values().filter(|call| !call.is_paused).count();
                ready + hosted.queue.ahead(place, now).unwrap_or_default()
            }
        };
        let in_service = hosted.queue.in_service();
        let is_queued = matches!(state, State::Queued(_));
        // The tenures of other models cannot be estimated.
        let is_estimable =
            is_queued && others == 0 && self.memory.need_not_wait_for_others(model, now);
        let wait = is_estimable.then(|| self.times[model].wait(own, in_service, now)).flatten();
        let retry_at = (own == 0 || !is_queued).then(|| self.memory.retry_at(model, now));
        Some(View::Waiting { ahead: own + others, wait, retry_at: retry_at.flatten() })
    }

    /// How long calls of a model take on average.
    pub(super) fn usual_time(&self, model: ModelId) -> Option<Duration> {
        self.times[model].mean()
    }

    /// Calls in service and waiting calls of a model.
    pub(super) fn traffic(&self, model: ModelId) -> (usize, usize) {
        let queue = &self.memory.models[model].queue;
        (queue.in_service(), queue.waiting())
    }

    /// The model of a granted call is in memory: that is known, or its load went well.
    pub(super) fn used(&mut self, call: CallId) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.has_used = true;
        }
    }

    /// The calls that the model serves at a time.
    pub(super) fn limit(&self, model: ModelId) -> usize {
        self.memory.models[model].queue.limit()
    }

    /// Whether as many calls of the model wait as may.
    pub(super) fn is_full(&self, model: ModelId) -> bool {
        self.memory.models[model].queue.is_full()
    }

    fn arrive(
        &mut self,
        call: CallId,
        model: ModelId,
        (class, slot): (AdmissionClass, SlotNeed),
        now: Instant,
    ) {
        if self.memory.models_at_once().is_some() {
            self.memory.counts.arrived(call, model);
        }
        let own = &mut self.memory.models[model];
        let state = match slot {
            SlotNeed::Of(flow) => State::Queued(own.queue.push(class, &flow, (call, now), call)),
            SlotNeed::None => {
                let awaiting =
                    AwaitsModel { class, since: now, is_paused: false, needs_load: false };
                own.awaiting.insert(call, awaiting);
                State::AwaitsModel(None)
            }
        };
        let arrived = Call { model, class, since: now, state, has_used: false };
        self.calls.insert(call, arrived);
    }

    fn end(
        &mut self,
        id: CallId,
        cost: Option<u64>,
        stays_until: Option<Instant>,
        now: Instant,
    ) -> Option<ModelId> {
        let Call { model, state, has_used, .. } = self.calls.remove(&id)?;
        let own = &mut self.memory.models[model];
        let slot = match state {
            State::Queued(place) => {
                own.queue.remove(&place);
                None
            }
            State::AwaitsModel(slot) => {
                own.awaiting.remove(&id);
                slot
            }
            State::Granted(before_use, slot) => {
                self.memory.end_use(model, has_used.then_some(stays_until), now);
                if before_use == BeforeUse::Load {
                    self.memory.cancel_load(model);
                }
                slot
            }
        };
        if let Some(slot) = slot {
            self.times[model].end(id, now);
            self.memory.models[model].queue.release(slot, cost);
        }
        let room = self.memory.models_at_once().map(usize::from);
        self.memory.counts.ended(id, has_used, room);
        Some(model)
    }

    /// From here on a load that was counted for the call no longer depends on it.
    fn begin_load(&mut self, id: CallId, is_shared: bool) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let State::Granted(before_use, _) = &mut call.state else { return };
        match (mem::replace(before_use, BeforeUse::Check), is_shared) {
            (BeforeUse::Load, true) => self.memory.cancel_load(call.model),
            (BeforeUse::Share, false) => self.memory.begin_load(call.model),
            (BeforeUse::Check | BeforeUse::Load | BeforeUse::Share, _) => {}
        }
    }

    /// A granted call gives up the model and keeps its slot.
    fn give_up_model(
        &mut self,
        id: CallId,
        (is_paused, needs_load): (bool, bool),
        now: Instant,
        effects: &mut Effects,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let State::Granted(before_use, slot) = &mut call.state else { return };
        let before_use = *before_use;
        call.state = State::AwaitsModel(slot.take());
        let (model, class, since) = (call.model, call.class, call.since);
        if before_use == BeforeUse::Load {
            self.memory.cancel_load(model);
        }
        let awaiting = AwaitsModel { class, since, is_paused, needs_load };
        self.memory.models[model].awaiting.insert(id, awaiting);
        self.memory.end_use(model, None, now);
        self.wake_waiting(model, effects);
    }

    fn awaiting(&mut self, id: CallId) -> Option<&mut AwaitsModel> {
        let model = self.calls.get(&id)?.model;
        self.memory.models[model].awaiting.get_mut(&id)
    }

    fn checked(
        &mut self,
        id: CallId,
        before: Disturbances,
        found: Option<Found>,
        now: Instant,
    ) -> Option<bool> {
        let call = self.calls.get_mut(&id)?;
        call.has_used |= found.is_some();
        let model = call.model;
        self.memory.set_on_cpu(model, found.is_some_and(|found| found.runs_on_cpu));
        let stays_until = found.map(|found| found.stays_until);
        let surprise = self.memory.checked(model, stays_until, before, now)?;
        Some(surprise == Surprise::PushedOut)
    }

    /// Lets the first ready call of a model use it, if there is one.
    fn grant(&mut self, usable: Usable, now: Instant) -> Option<CallId> {
        let Usable { model, needs_load, evicted } = usable;
        let hosted = &mut self.memory.models[model];
        let held = hosted.awaiting.iter().find(|(_, call)| !call.is_paused);
        let held = held.map(|(id, awaiting)| (*id, awaiting.needs_load));
        let (id, needs_load, taken) = match held {
            Some((id, own)) => {
                hosted.awaiting.remove(&id);
                (id, needs_load && own, None)
            }
            None => {
                let (id, taken) = hosted.queue.next(now)?;
                (id, false, Some(taken))
            }
        };
        let before_use = self.memory.begin_use(model, needs_load, evicted, now);
        if let Some(call) = self.calls.get_mut(&id) {
            let slot = match &mut call.state {
                State::AwaitsModel(slot) | State::Granted(_, slot) => slot.take(),
                State::Queued(_) => None,
            };
            call.state = State::Granted(before_use, slot.or(taken));
        }
        Some(id)
    }

    /// The waiting calls of this model have changed position, and perhaps those of other models.
    fn wake_waiting(&self, model: ModelId, effects: &mut Effects) {
        if self.memory.models[model].wanted_by() > 0 {
            effects.wake.push(model);
        }
        let others = self.memory.models_waiting_for_others();
        effects.wake.extend(others.filter(|other| *other != model));
    }
}

#[cfg(test)]
mod tests;
