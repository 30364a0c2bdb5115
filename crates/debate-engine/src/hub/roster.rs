use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use futures_util::{Stream, stream};
use synod_domain::DebateId;
use synod_event_log::Claim;
use tokio::{sync::Notify, task::AbortHandle, time::Instant};

use crate::live::Live;

/// Which debates this process drives, and what it knows of those that someone here looks at.
#[derive(Default)]
pub(super) struct Roster {
    lists: Mutex<Lists>,
    grown: Notify,
}

#[derive(Default)]
struct Lists {
    lives: HashMap<DebateId, Weak<Live>>,
    /// `None`: reserved.
    driven: HashMap<DebateId, Option<Driven>>,
    /// The debates driven lately, and how many came before them.
    recent: VecDeque<DebateId>,
    earlier: u64,
}

/// A debate that is driven here.
#[derive(Clone)]
pub(super) struct Driven {
    pub(super) claim: Claim,
    /// When the last renewal of the claim that went well began.
    pub(super) renewed: Instant,
    task: AbortHandle,
}

/// The right to drive a debate in this process: one at a time. Given back on drop.
pub(super) struct Seat {
    id: DebateId,
    roster: Arc<Roster>,
}

/// Debates that [`driven`] remembers for those who look seldom.
const MOST_RECENT: usize = 1_024;

impl Roster {
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a debate here; all who ask share it.
    pub(super) fn live(&self, id: DebateId) -> Arc<Live> {
        let lives = &mut self.lists().lives;
        if let Some(live) = lives.get(&id).and_then(Weak::upgrade) {
            return live;
        }
        if lives.len() == lives.capacity() {
            lives.retain(|_, live| live.strong_count() > 0);
        }
        let live = Arc::new(Live::default());
        lives.insert(id, Arc::downgrade(&live));
        live
    }

    pub(super) fn reserve(self: &Arc<Self>, id: DebateId) -> Option<Seat> {
        match self.lists().driven.entry(id) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(None);
                Some(Seat { id, roster: Arc::clone(self) })
            }
        }
    }

    /// Enters the task of a debate, unless it has ended already.
    pub(super) fn drive(&self, id: DebateId, driven: Driven) {
        {
            let mut lists = self.lists();
            if let Some(reserved) = lists.driven.get_mut(&id) {
                *reserved = Some(driven);
            }
            lists.recent.push_back(id);
            if lists.recent.len() > MOST_RECENT {
                lists.recent.pop_front();
                lists.earlier += 1;
            }
        }
        self.grown.notify_waiters();
    }

    pub(super) fn drives(&self, id: DebateId) -> bool {
        matches!(self.lists().driven.get(&id), Some(Some(_)))
    }

    pub(super) fn all(&self) -> Vec<Driven> {
        self.lists().driven.values().flatten().cloned().collect()
    }

    pub(super) fn renewed(&self, claim: &Claim, at: Instant) {
        if let Some(Some(driven)) = self.lists().driven.get_mut(&claim.id)
            && driven.claim == *claim
        {
            driven.renewed = at;
        }
    }

    pub(super) fn abort_all(&self) {
        self.lists().driven.values().flatten().for_each(Driven::abort);
    }

    fn leave(&self, id: DebateId) {
        let live = {
            let mut lists = self.lists();
            lists.driven.remove(&id);
            lists.lives.get(&id).and_then(Weak::upgrade)
        };
        if let Some(live) = live {
            live.leave();
        }
    }
}

impl Driven {
    pub(super) fn new(claim: Claim, task: AbortHandle) -> Self {
        Self { claim, renewed: Instant::now(), task }
    }

    /// Ends its task and its calls where they stand.
    pub(super) fn abort(&self) {
        self.task.abort();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.roster.leave(self.id);
    }
}

/// The debates driven now, then each as it comes.
pub(super) fn driven(roster: Arc<Roster>) -> impl Stream<Item = DebateId> + Send {
    let (now, from) = {
        let lists = roster.lists();
        let now = lists.driven.iter().filter(|(_, driven)| driven.is_some()).map(|(id, _)| *id);
        (now.collect::<Vec<_>>(), lists.earlier + lists.recent.len() as u64)
    };
    let later = stream::unfold((roster, from), async |(roster, next)| {
        let (id, next) = roster.wait_for(next).await;
        Some((id, (roster, next + 1)))
    });
    stream::StreamExt::chain(stream::iter(now), later)
}

impl Roster {
    /// The debate with this number among all that were ever driven, or the oldest remembered.
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
