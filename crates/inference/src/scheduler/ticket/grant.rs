use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{ScheduledCall, Ticket};
use crate::{
    ChatError, ChatModel,
    scheduler::{
        core::{Found, Input},
        loading::{Load, LoadByUse},
        memory::BeforeUse,
        stays_until,
    },
};

/// The right to make a call: it has a slot, and the model may be used. Dropping it charges the flow
/// with the cost, and hands slot and model to the next.
pub(crate) struct Grant {
    scheduled: ScheduledCall,
    before_use: BeforeUse,
    /// The host works on the call.
    is_working: bool,
}

/// What a granted call has to do so that its model is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResidencyCheck {
    /// Nothing: the model is known to be in memory.
    Known,
    /// Nothing: the host has confirmed that the model is in memory.
    Resident,
    /// It has to load the model.
    Load,
    /// It has to wait once more ([`Grant::wait_again`]): the model is not in memory and has to be loaded
    /// in its turn, or the host serves fewer calls at a time than it seemed.
    Wait {
        /// The model has to be loaded.
        needs_load: bool,
    },
}

impl Grant {
    pub(super) const fn new(mut scheduled: ScheduledCall, before_use: BeforeUse) -> Self {
        scheduled.cost = Some(0);
        Self { scheduled, before_use, is_working: false }
    }

    /// Finds out whether the model is in memory. May be dropped and called again.
    pub(crate) async fn check(&mut self, model: &Arc<dyn ChatModel>) -> ResidencyCheck {
        self.scheduled.keep_alive = model.keep_alive();
        match self.before_use {
            BeforeUse::Check => {}
            BeforeUse::Load | BeforeUse::Share => return ResidencyCheck::Load,
        }
        if self.scheduled.scheduler.use_if_known(self.scheduled.call) {
            return ResidencyCheck::Known;
        }
        let (scheduler, call) = (&self.scheduled.scheduler, self.scheduled.call);
        let before = scheduler.disturbances();
        let is_loaded = scheduler.ask(&**model).await;
        let found = is_loaded.then(|| Found::of(&**model));
        scheduler.remember(model);
        let effects = scheduler.step(Input::Checked { call, before, found });
        if let Some(was_pushed_out) = effects.survey {
            scheduler.survey(was_pushed_out).await;
        }
        if is_loaded && !scheduler.is_overcrowded() {
            ResidencyCheck::Resident
        } else {
            ResidencyCheck::Wait { needs_load: !is_loaded }
        }
    }

    /// Gives up the model and keeps the slot, until it is the turn of the call again.
    pub(crate) fn wait_again(self, needs_load: bool) -> Ticket {
        self.scheduled.step(Input::WaitAgain { call: self.scheduled.call, needs_load });
        Ticket::of(self.scheduled)
    }

    /// Gives up the model for a pause, and keeps the slot. [`Ticket::resume`] ends the pause.
    pub(crate) fn pause(self) -> Ticket {
        self.scheduled.step(Input::Pause { call: self.scheduled.call });
        Ticket::of(self.scheduled)
    }

    /// The load of the model that is under way, or else a new one, which `warm_up` makes.
    pub(crate) fn load(
        &self,
        model: &Arc<dyn ChatModel>,
        warm_up: impl FnOnce() -> BoxFuture<'static, Result<(), ChatError>>,
    ) -> Load {
        self.scheduled.scheduler.load(model, self.scheduled.call, warm_up)
    }

    /// The call itself will load the model, since its host does so by use.
    pub(crate) fn load_by_use(&self, model: &Arc<dyn ChatModel>) -> LoadByUse {
        self.scheduled.step(Input::LoadBegun { call: self.scheduled.call, is_shared: false });
        LoadByUse::begin(&self.scheduled.scheduler, model)
    }

    /// The model is in memory: that is known, or its load went well.
    pub(crate) fn loaded(&mut self) {
        self.before_use = BeforeUse::Check;
        self.scheduled.step(Input::Used { call: self.scheduled.call });
    }

    /// The host works on the call, which has cost this many tokens so far.
    pub(crate) fn charge(&mut self, tokens: u64) {
        self.scheduled.cost = Some(tokens);
        if !std::mem::replace(&mut self.is_working, true) {
            self.scheduled.step(Input::Working { call: self.scheduled.call });
        }
    }
}

impl Found {
    /// What a model says of itself that is in memory.
    pub(in crate::scheduler) fn of(model: &dyn ChatModel) -> Self {
        Self { stays_until: stays_until(model.keep_alive()), runs_on_cpu: model.runs_on_cpu() }
    }
}
