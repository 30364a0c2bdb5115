use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    Berths, Finding,
    guest::{Due, Want},
    until,
};
use crate::{AdmissionClass, ChatModel, gateway::lane::Lane};

/// What a call has of its model: nothing yet, a wish that others can see, or the use of it.
/// Dropping it gives all of that up.
pub(in crate::gateway) struct Claim {
    berths: Arc<Berths>,
    guest: usize,
    class: AdmissionClass,
    state: State,
    /// It had its model.
    served: bool,
    /// How many calls go first, as was last told.
    ahead: Option<usize>,
    /// How long the model stays in memory after a use.
    stays: Duration,
}

#[derive(Clone, Copy)]
enum State {
    New,
    Waiting { arrival: u64, since: Instant },
    Held { arrival: u64, since: Instant, due: Due },
    Over,
}

/// What a call learns that waits for its model.
pub(in crate::gateway) enum Turn {
    /// So many calls go first now.
    Ahead(usize),
    /// It may use the model.
    Come,
}

/// What becomes of a model that is about to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Found {
    /// It is known to be resident.
    Known,
    /// It is resident, as the host said.
    Resident,
    /// It is to be loaded now.
    Loading {
        /// A load is under way, and if it cannot be shared another is to be begun.
        beside: bool,
    },
    /// It is not resident, and the call has to wait for its turn to load it; or its host serves fewer
    /// calls at a time than it seemed, and the call has to wait for its turn.
    Gone,
}

impl Claim {
    pub(in crate::gateway) fn new(lane: &Lane, class: AdmissionClass) -> Self {
        Self {
            berths: Arc::clone(&lane.berths),
            guest: lane.guest,
            class,
            state: State::New,
            served: false,
            ahead: None,
            stays: Duration::MAX,
        }
    }

    /// From now on it is seen that the model is wanted.
    pub(in crate::gateway) fn enter(&mut self) {
        let now = Instant::now();
        let arrival = self.berths.state().plan.want(self.guest, self.class, now);
        self.state = State::Waiting { arrival, since: now };
        self.berths.moved.notify_waiters();
    }

    /// Waits until the model may be used, however many go first.
    pub(in crate::gateway) async fn turn(&mut self) {
        while let Turn::Ahead(_) = self.news().await {}
    }

    /// Waits until the model may be used, or another number goes first. May be dropped and called
    /// again.
    pub(in crate::gateway) async fn news(&mut self) -> Turn {
        loop {
            let State::Waiting { arrival, since } = self.state else { return Turn::Come };
            // Created before the look at the plan, so that no move falls between the two.
            let moved = self.berths.moved.notified();
            let (ahead, again) = match self.berths.board(self.guest, arrival) {
                Ok(due) => {
                    self.state = State::Held { arrival, since, due };
                    return Turn::Come;
                }
                Err(wait) => wait,
            };
            if self.ahead.replace(ahead) != Some(ahead) {
                return Turn::Ahead(ahead);
            }
            match again {
                Some(again) => tokio::select! {
                    () = moved => {}
                    () = sleep_until(again) => {}
                },
                None => moved.await,
            }
        }
    }

    /// Looks what is to be done so that the model, which may be used, is resident.
    pub(in crate::gateway) async fn look(
        &mut self,
        model: &Arc<dyn ChatModel>,
        lane: &Lane,
    ) -> Found {
        let State::Held { due, .. } = self.state else { return Found::Gone };
        self.stays = model.keep_alive();
        match due {
            Due::Look => {}
            Due::Load => return Found::Loading { beside: false },
            Due::Share => return Found::Loading { beside: true },
        }
        if lane.residency.is_known() {
            self.served = true;
            return Found::Known;
        }
        let resident = lane.residency.check(&**model).await;
        let finding = self.berths.found(self.guest, model, resident);
        if let Finding::Surprise { pushed_out } = finding {
            self.berths.look_around(self.guest, pushed_out).await;
        }
        if resident && self.berths.is_overcrowded() {
            self.wait_again(false);
            return Found::Gone;
        }
        if resident {
            self.served = true;
            return Found::Resident;
        }
        self.wait_again(true);
        Found::Gone
    }

    /// The load that it waited for has ended well.
    pub(in crate::gateway) const fn loaded(&mut self) {
        self.served = true;
        if let State::Held { due, .. } = &mut self.state {
            *due = Due::Look;
        }
    }

    /// Gives up the model until it is wanted again.
    pub(in crate::gateway) fn step_back(&mut self) {
        self.wait_again(false);
    }

    fn wait_again(&mut self, needs_load: bool) {
        let State::Held { arrival, since, .. } = self.state else { return };
        let want = Want { class: self.class, since, ready: false, needs_load };
        self.berths.state().plan.step_back(self.guest, arrival, want, Instant::now());
        self.state = State::Waiting { arrival, since };
        self.ahead = None;
        self.berths.moved.notify_waiters();
    }

    /// Gives everything up.
    pub(in crate::gateway) fn end(&mut self) {
        let (guest, served, until) = (self.guest, self.served, until(self.stays));
        let mut state = self.berths.state();
        match std::mem::replace(&mut self.state, State::Over) {
            State::New | State::Over => return,
            State::Waiting { arrival, .. } => state.plan.leave(guest, arrival, served),
            State::Held { arrival, .. } => {
                state.plan.depart(guest, arrival, served, until, Instant::now());
            }
        }
        drop(state);
        self.berths.moved.notify_waiters();
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.end();
    }
}
