mod claim;
mod guest;
mod in_order;
mod plan;

use parking_lot::{Mutex, MutexGuard};
use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::{sync::Notify, time::Instant};

pub(super) use self::{
    claim::{Claim, Found, Turn},
    plan::Capacity,
};
use self::{
    guest::{Due, Sight},
    plan::{Finding, Plan},
};
use super::{
    Loads,
    residency::{HostChanges, Residency},
};
use crate::{ChatModel, HostName};

/// The berths of a host: the room in its memory, one model each, and which model may be used now.
///
/// The calls for one model share a lane, in which they wait for their place in service; then they
/// wait here until the model may be used. So a call that waits here holds up no other model.
pub(super) struct Berths {
    state: Mutex<State>,
    changes: Arc<HostChanges>,
    /// Woken whenever something happens that others may have waited for.
    moved: Notify,
}

struct State {
    plan: Plan,
    lodgers: Vec<Lodger>,
}

/// A model, to ask whether it is in memory.
#[derive(Clone)]
struct Lodger {
    residency: Arc<Residency>,
    /// As it was used last.
    model: Option<Arc<dyn ChatModel>>,
}

impl Berths {
    /// Of a host that says this of itself.
    pub(super) fn new(capacity: Capacity) -> Self {
        let plan = Plan::new(capacity);
        let state = Mutex::new(State { plan, lodgers: Vec::new() });
        Self { state, changes: Arc::default(), moved: Notify::new() }
    }

    /// What happened on this host.
    pub(super) const fn changes(&self) -> &Arc<HostChanges> {
        &self.changes
    }

    /// A further model of the host; its number.
    pub(super) fn enroll(&self, residency: Arc<Residency>) -> usize {
        let mut state = self.state();
        state.lodgers.push(Lodger { residency, model: None });
        state.plan.enroll(Instant::now())
    }

    /// What was loaded so far.
    pub(super) fn loads(&self, host: HostName) -> Loads {
        let state = self.state();
        let (made, avoided) = state.plan.loads();
        Loads { host, models_at_once: state.plan.models_at_once(), made, avoided }
    }

    /// A call that waits for nothing else would use its model. `Err`: it may not; how many go first,
    /// and when to ask again if nothing happens before.
    fn board(&self, guest: usize, arrival: u64) -> Result<Due, (usize, Option<Instant>)> {
        let now = Instant::now();
        let mut state = self.state();
        let boarded = state.plan.board(guest, arrival, now);
        let boarded = boarded.map_err(|again| (state.plan.ahead(guest, arrival, now), again));
        drop(state);
        if boarded.is_ok() {
            self.moved.notify_waiters();
        }
        boarded
    }

    /// The host was asked about a model that a call is about to use.
    fn found(&self, guest: usize, model: &Arc<dyn ChatModel>, resident: bool) -> Finding {
        let sight = resident.then(|| self.sight(model.keep_alive()));
        let loads = self.changes.loads();
        let mut state = self.state();
        state.lodgers[guest].model = Some(Arc::clone(model));
        state.plan.runs_on(guest, resident && model.runs_on_cpu());
        state.plan.found(guest, sight, loads, Instant::now())
    }

    /// More calls use their models than the host serves at a time, as was just learnt.
    fn is_overcrowded(&self) -> bool {
        self.state().plan.is_overcrowded(Instant::now())
    }

    /// A load begins beside one that is under way.
    pub(super) fn begin_load(&self, guest: usize) {
        self.state().plan.begin_load(guest);
    }

    /// A load has ended, and has been noticed by the residency of the model.
    pub(super) fn loaded(
        self: &Arc<Self>,
        guest: usize,
        model: &dyn ChatModel,
        well: bool,
        took: Duration,
    ) {
        let now = Instant::now();
        let sight = well.then(|| self.sight(model.keep_alive()));
        let mut state = self.state();
        state.plan.runs_on(guest, well && model.runs_on_cpu());
        state.plan.loaded(guest, sight, took, now);
        let looks = well && state.plan.learns() && !state.plan.believed(guest, now).is_empty();
        drop(state);
        self.moved.notify_waiters();
        if looks {
            let berths = Arc::clone(self);
            // Whoever needs the model need not wait for what is learnt.
            tokio::spawn(async move { berths.look_around(guest, false).await });
        }
    }

    /// Asks which of the other models are in memory, and learns how many the host holds.
    async fn look_around(&self, but: usize, pushed_out: bool) {
        let loads = self.changes.loads();
        let lodgers: Vec<_> = {
            let state = self.state();
            let asked = state.plan.believed(but, Instant::now());
            asked.into_iter().map(|guest| (guest, state.lodgers[guest].clone())).collect()
        };
        let ask = |(guest, lodger): (usize, Lodger)| async move {
            let model = lodger.model?;
            Some((guest, lodger.residency.check_again(&*model).await))
        };
        let answers = join_all(lodgers.into_iter().map(ask)).await;
        let mut pushed_out = pushed_out;
        let mut state = self.state();
        let now = Instant::now();
        for (guest, resident) in answers.into_iter().flatten() {
            pushed_out |= state.plan.sighted(guest, resident, loads, now);
        }
        state.plan.learn(pushed_out, now);
        drop(state);
        self.moved.notify_waiters();
    }

    #[cfg(test)]
    pub(super) fn guests(&self) -> Vec<(usize, usize, bool)> {
        self.state().plan.guests()
    }

    fn sight(&self, stays: Duration) -> Sight {
        Sight { until: until(stays), loads: self.changes.loads() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Default for Berths {
    fn default() -> Self {
        Self::new(Capacity::default())
    }
}

/// How long a model counts as resident that was used just now: four fifths of the time that it
/// stays.
pub(super) fn until(stays: Duration) -> Option<Instant> {
    Instant::now().checked_add(stays.mul_f64(0.8))
}

#[cfg(test)]
mod tests;
