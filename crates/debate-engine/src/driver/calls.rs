use std::{future::pending, sync::Arc, time::Duration};

use synod_domain::{Brief, CallNo, ParticipantProfile, Purpose};
use tokio::{
    task::{AbortHandle, Id, JoinError, JoinSet},
    time::Instant,
};

use crate::{CallFailure, NoService, Participant, Progress, Reply, ReplyFuture, Unserved};

type Answer = Result<Reply, CallFailure>;

/// The open calls of a debate, each a task of its own. Dropping this aborts them.
#[derive(Default)]
pub(super) struct Calls {
    /// The results are boxed, because a task keeps the space for its result while it waits.
    tasks: JoinSet<Box<Answer>>,
    open: Vec<Open>,
}

struct Open {
    task: AbortHandle,
    call: CallNo,
    profile: Arc<ParticipantProfile>,
    /// The end of the longest time that the answer may take; `None`: beyond what can be counted. The driver looks at
    /// it at times, so that no call has a timer of its own.
    until: Option<Instant>,
}

/// A call that has ended without being cancelled.
pub(super) struct Ended {
    pub(super) call: CallNo,
    /// The profile of the participant that was asked.
    pub(super) profile: Arc<ParticipantProfile>,
    pub(super) how: HowEnded,
}

pub(super) enum HowEnded {
    /// The participant returned a reply or a failure.
    Answered(Answer),
    /// The participant panicked.
    Panicked,
    /// The participant took longer than the time limit and the grace period.
    Hung,
}

impl Ended {
    /// The reason why no host served the call, if none did.
    pub(super) fn no_service(&self) -> Option<NoService> {
        self.unserved().map(|(_, unserved)| unserved.why)
    }

    /// The failure of the call, if no host served it.
    pub(super) fn unserved(&self) -> Option<(&CallFailure, &Unserved)> {
        let HowEnded::Answered(Err(failure)) = &self.how else { return None };
        Some((failure, failure.unserved.as_ref()?))
    }
}

impl Calls {
    pub(super) fn begin(
        &mut self,
        participant: Arc<dyn Participant>,
        profile: Arc<ParticipantProfile>,
        brief: Brief,
        progress: Progress,
        most: Duration,
    ) {
        let call = brief.call;
        // Boxed, because a task keeps the space for its arguments until it ends.
        let prepared = Box::new(PreparedCall { participant, brief, progress });
        let task = self.tasks.spawn(async move {
            // Made within the task, so that a panic before the first await is caught as well.
            Box::new(prepared.make().await)
        });
        let until = Instant::now().checked_add(most);
        self.open.push(Open { task, call, profile, until });
    }

    /// Cancels a call that takes longer than it may, if there is one.
    pub(super) fn overdue(&mut self) -> Option<Ended> {
        let now = Instant::now();
        let is_overdue = |open: &Open| open.until.is_some_and(|until| until <= now);
        let place = self.open.iter().position(is_overdue)?;
        let Open { task, call, profile, .. } = self.open.swap_remove(place);
        task.abort();
        Some(Ended { call, profile, how: HowEnded::Hung })
    }

    /// Drops a call, if it is open.
    pub(super) fn cancel(&mut self, call: CallNo) {
        if let Some(place) = self.open.iter().position(|open| open.call == call) {
            self.open.swap_remove(place).task.abort();
        }
    }

    pub(super) fn cancel_all(&mut self) {
        self.open.clear();
        self.tasks.abort_all();
    }

    /// Whether no call is open.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// The next call that ends without being cancelled.
    pub(super) async fn next(&mut self) -> Ended {
        loop {
            let Some(joined) = self.tasks.join_next_with_id().await else { return pending().await };
            if let Some(ended) = self.end(joined) {
                return ended;
            }
        }
    }

    /// A call that has ended already without being cancelled, if there is one.
    pub(super) fn ended(&mut self) -> Option<Ended> {
        while let Some(joined) = self.tasks.try_join_next_with_id() {
            let ended = self.end(joined);
            if ended.is_some() {
                return ended;
            }
        }
        None
    }

    fn end(&mut self, joined: Result<(Id, Box<Answer>), JoinError>) -> Option<Ended> {
        let (task, how) = match joined {
            Ok((task, answer)) => (task, HowEnded::Answered(*answer)),
            Err(error) => (error.id(), HowEnded::Panicked),
        };
        // A cancelled call has been removed from the open ones.
        let Open { call, profile, .. } = self.remove(task)?;
        Some(Ended { call, profile, how })
    }

    fn remove(&mut self, task: Id) -> Option<Open> {
        let place = self.open.iter().position(|open| open.task.id() == task)?;
        Some(self.open.swap_remove(place))
    }
}

/// A call that is about to be made.
struct PreparedCall {
    participant: Arc<dyn Participant>,
    brief: Brief,
    progress: Progress,
}

impl PreparedCall {
    fn make(self: Box<Self>) -> ReplyFuture {
        let Self { participant, brief, progress } = *self;
        match brief.purpose {
            Purpose::Opening | Purpose::Argument => participant.speak(brief, progress),
            Purpose::Ballot | Purpose::RunOff | Purpose::Judge => {
                participant.ballot(brief, progress)
            }
            Purpose::Options | Purpose::Move => participant.moderate(brief, progress),
        }
    }
}
