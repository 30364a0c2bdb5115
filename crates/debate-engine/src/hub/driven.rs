use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::Entry},
    sync::{Arc, Weak},
};

use futures_util::{Stream, stream};
use parking_lot::{Mutex, MutexGuard};
use synod_debate_protocol::Command;
use synod_domain::DebateId;
use synod_event_log::LogError;
use tokio::{sync::Notify, task::AbortHandle};

use crate::{DebateHandle, EngineError, halt::Halt, live::LiveDebate};

/// The debates that this process drives or that wait for their start, and the live state of those
/// that have a handle here.
#[derive(Default)]
pub(super) struct DrivenDebates {
    lists: Mutex<Lists>,
    grown: Notify,
}

#[derive(Default)]
struct Lists {
    lives: HashMap<DebateId, Weak<LiveDebate>>,
    entries: HashMap<DebateId, State>,
    /// The debates that this process has failed to drive.
    undrivable: HashSet<DebateId>,
    /// The log may hold claims of this process that it does not know of.
    are_claims_in_doubt: bool,
    /// The debates entered lately, and how many came before them.
    recent: VecDeque<DebateId>,
    earlier: u64,
}

/// The state of a debate in this process.
enum State {
    /// The debate waits for its start.
    Waits,
    /// A task is about to drive the debate.
    Reserved,
    Driven(Driven),
}

/// The task of a debate that is driven here.
pub(super) struct Driven(AbortHandle);

/// The right to drive a debate in this process: one at a time. Given back on drop.
pub(super) struct Reservation {
    id: DebateId,
    driven: Arc<DrivenDebates>,
}

/// The number of debates that [`entered`] remembers for slow readers.
const MOST_RECENT: usize = 1_024;

impl DrivenDebates {
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock()
    }

    /// The live state of a debate, shared by all its handles.
    pub(super) fn live(&self, id: DebateId) -> Arc<LiveDebate> {
        let lives = &mut self.lists().lives;
        if let Some(live) = lives.get(&id).and_then(Weak::upgrade) {
            return live;
        }
        if lives.len() == lives.capacity() {
            lives.retain(|_, live| live.strong_count() > 0);
        }
        let live = Arc::new(LiveDebate::default());
        lives.insert(id, Arc::downgrade(&live));
        live
    }

    pub(super) fn reserve(self: &Arc<Self>, id: DebateId) -> Option<Reservation> {
        let mut lists = self.lists();
        match lists.entries.get(&id) {
            Some(State::Reserved | State::Driven(_)) => return None,
            Some(State::Waits) => {}
            None => lists.announce(id),
        }
        lists.entries.insert(id, State::Reserved);
        drop(lists);
        self.grown.notify_waiters();
        Some(Reservation { id, driven: Arc::clone(self) })
    }

    /// Enters an unstarted debate, unless it is entered already.
    pub(super) fn wait(&self, id: DebateId) {
        let mut lists = self.lists();
        if let Entry::Vacant(free) = lists.entries.entry(id) {
            free.insert(State::Waits);
            lists.announce(id);
            drop(lists);
            self.grown.notify_waiters();
        }
    }

    /// Removes a debate that waits for its start.
    pub(super) fn remove(&self, id: DebateId) {
        if let Entry::Occupied(entry) = self.lists().entries.entry(id)
            && matches!(entry.get(), State::Waits)
        {
            entry.remove();
        }
    }

    /// Enters the task of a debate, unless it has ended already.
    pub(super) fn drive(&self, id: DebateId, driven: Driven) {
        if let Some(entry) = self.lists().entries.get_mut(&id) {
            *entry = State::Driven(driven);
        }
    }

    pub(super) fn drives(&self, id: DebateId) -> bool {
        matches!(self.lists().entries.get(&id), Some(State::Driven(_)))
    }

    /// Whether the log holds no debate for this process, as far as is known.
    pub(super) fn is_idle(&self) -> bool {
        let lists = self.lists();
        let waits = |state: &State| match state {
            State::Waits => true,
            State::Reserved | State::Driven(_) => false,
        };
        !lists.are_claims_in_doubt && lists.entries.values().all(waits)
    }

    /// The debates that this process drives.
    pub(super) fn ids(&self) -> Vec<DebateId> {
        let lists = self.lists();
        let driven = lists.entries.iter().filter(|(_, state)| matches!(state, State::Driven(_)));
        driven.map(|(id, _)| *id).collect()
    }

    /// The debates that this process has failed to drive.
    pub(super) fn undrivable(&self) -> Vec<DebateId> {
        self.lists().undrivable.iter().copied().collect()
    }

    /// Records that the outcome of a claim is unknown.
    pub(super) fn doubt_claims(&self) {
        self.lists().are_claims_in_doubt = true;
    }

    pub(super) fn trust_claims(&self) {
        self.lists().are_claims_in_doubt = false;
    }

    /// Whether the log may hold claims of this process that it does not know of.
    pub(super) fn are_claims_in_doubt(&self) -> bool {
        self.lists().are_claims_in_doubt
    }

    /// Aborts the tasks of all debates and their calls, and returns their number.
    pub(super) fn abort_all(&self) -> usize {
        self.lists().driven().map(|driven| driven.0.abort()).count()
    }

    fn leave(&self, id: DebateId) {
        let live = {
            let mut lists = self.lists();
            lists.entries.remove(&id);
            lists.lives.get(&id).and_then(Weak::upgrade)
        };
        if let Some(live) = live {
            live.leave();
        }
    }
}

impl Lists {
    fn driven(&self) -> impl Iterator<Item = &Driven> {
        self.entries.values().filter_map(|state| match state {
            State::Driven(driven) => Some(driven),
            State::Waits | State::Reserved => None,
        })
    }

    fn announce(&mut self, id: DebateId) {
        self.recent.push_back(id);
        if self.recent.len() > MOST_RECENT {
            self.recent.pop_front();
            self.earlier += 1;
        }
    }
}

impl Driven {
    pub(super) const fn new(task: AbortHandle) -> Self {
        Self(task)
    }
}

impl Reservation {
    /// Records that this process has failed to drive the debate.
    pub(super) fn leave_to_others(&self) {
        self.driven.lists().undrivable.insert(self.id);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.driven.leave(self.id);
    }
}

/// The debates entered so far, then each new one.
pub(super) fn entered(driven: Arc<DrivenDebates>) -> impl Stream<Item = DebateId> + Send {
    let (now, from) = {
        let lists = driven.lists();
        let now = lists.entries.keys().copied();
        (now.collect::<Vec<_>>(), lists.earlier + lists.recent.len() as u64)
    };
    let later = stream::unfold((driven, from), async |(driven, next)| {
        let (id, next) = driven.wait_for(next).await;
        Some((id, (driven, next + 1)))
    });
    stream::StreamExt::chain(stream::iter(now), later)
}

impl DrivenDebates {
    /// Waits for the debate with this number in order of entry; the oldest remembered one if that is
    /// forgotten.
    async fn wait_for(&self, number: u64) -> (DebateId, u64) {
        loop {
            let grown = self.grown.notified();
            {
                let lists = self.lists();
                let number = number.max(lists.earlier);
                let place = usize::try_from(number - lists.earlier).unwrap_or(usize::MAX);
                if let Some(id) = lists.recent.get(place) {
                    return (*id, number);
                }
            }
            grown.await;
        }
    }
}

/// Cleans up after the driver of a debate has ended, and returns whether this process cannot drive it.
/// A fault closes the debate.
pub(super) async fn is_undrivable(halt: Option<Halt>, handle: &DebateHandle) -> bool {
    let id = handle.id();
    let reason = match halt {
        Some(Halt::Closed | Halt::Released) => return false,
        Some(Halt::Fenced) => {
            tracing::info!(debate.id = %id, "another process drives the debate now");
            return false;
        }
        Some(Halt::Failed(EngineError::Log(LogError::Purged(_)))) => {
            tracing::info!(debate.id = %id, "the debate was deleted");
            return false;
        }
        // The process that wrote the log drives the debate.
        Some(Halt::Failed(error @ EngineError::Fold(_))) => {
            tracing::warn!(debate.id = %id, %error, "the debate is not driven here");
            return true;
        }
        Some(Halt::Failed(error)) => error.to_string(),
        None => "an internal error".to_owned(),
    };
    tracing::error!(debate.id = %id, reason, "the debate cannot continue");
    let closed = handle.carry_out(&Command::Fault { reason }).await;
    if let Err(error) = &closed {
        tracing::error!(debate.id = %id, %error, "the failed debate could not be closed");
    }
    closed.is_err()
}
