use std::{future::pending, sync::Arc, time::Duration};

use synod_domain::{Brief, CallNo, ModelName, Purpose};
use tokio::{
    task::{AbortHandle, Id, JoinSet},
    time::timeout,
};

use crate::{Answer, CallFailure, Participant, Progress, Reply};

/// The calls of a debate that are going on, each a task of its own. Dropped with it.
#[derive(Default)]
pub(super) struct Calls {
    /// `None` of a task: its participant hung.
    tasks: JoinSet<Option<Result<Reply, CallFailure>>>,
    open: Vec<Open>,
}

struct Open {
    task: AbortHandle,
    call: CallNo,
    model: ModelName,
}

/// A call that is over by itself.
pub(super) struct Ended {
    pub(super) call: CallNo,
    /// Whose model was asked.
    pub(super) model: ModelName,
    pub(super) how: HowEnded,
}

pub(super) enum HowEnded {
    /// The participant answered, or said that it cannot.
    Answered(Result<Reply, CallFailure>),
    /// It panicked.
    Panicked,
    /// It took longer than any call may.
    Hung,
}

impl Calls {
    pub(super) fn begin(
        &mut self,
        participant: Arc<dyn Participant>,
        model: ModelName,
        brief: Brief,
        progress: Progress,
        most: Duration,
    ) {
        let call = brief.call;
        // Boxed, since the task keeps the room of what it was given until it ends.
        let brief = Box::new(brief);
        let task = self.tasks.spawn(async move {
            // Asked within the task, so that a panic before the first await is caught as well.
            let answer = ask(&*participant, brief, progress);
            timeout(most, answer).await.ok()
        });
        self.open.push(Open { task, call, model });
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

    /// The next call that ends by itself.
    pub(super) async fn next(&mut self) -> Ended {
        loop {
            let Some(joined) = self.tasks.join_next_with_id().await else { return pending().await };
            let (task, how) = match joined {
                Ok((task, Some(answer))) => (task, HowEnded::Answered(answer)),
                Ok((task, None)) => (task, HowEnded::Hung),
                Err(error) => (error.id(), HowEnded::Panicked),
            };
            // One that was cancelled is not open any more.
            if let Some(Open { call, model, .. }) = self.remove(task) {
                return Ended { call, model, how };
            }
        }
    }

    fn remove(&mut self, task: Id) -> Option<Open> {
        let place = self.open.iter().position(|open| open.task.id() == task)?;
        Some(self.open.swap_remove(place))
    }
}

fn ask(participant: &dyn Participant, brief: Box<Brief>, progress: Progress) -> Answer {
    let brief = *brief;
    match brief.purpose {
        Purpose::Opening | Purpose::Argument => participant.speak(brief, progress),
        Purpose::Ballot | Purpose::RunOff | Purpose::Judge => participant.ballot(brief, progress),
        Purpose::Options | Purpose::Move => participant.moderate(brief, progress),
    }
}
