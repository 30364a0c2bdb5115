mod open_call;
mod reply_buffer;

use std::{collections::VecDeque, time::Duration};

use parking_lot::{Mutex, MutexGuard};
use synod_debate_protocol::{Command, Debate, NextStep, Partials, Step};
use synod_domain::{Brief, CallNo, Event, Recorded, Timestamp};
use synod_event_log::Batch;
use tokio::sync::{Notify, futures::Notified};

pub(crate) use self::open_call::CallCursor;
use self::open_call::OpenCall;
use crate::{EngineError, FeedItem, Report, decision};

/// The state of a debate that this process drives, beyond its log: the folded state and the text of
/// open calls so far. Empty if the process does not drive the debate.
#[derive(Default)]
pub(crate) struct LiveDebate {
    state: Mutex<State>,
    /// Woken by every change. Watchers read the state at their own pace, so that nothing is queued for
    /// them and none can delay the debate.
    changed: Notify,
}

#[derive(Default)]
struct State {
    debate: Option<Debate>,
    calls: Vec<OpenCall>,
}

impl LiveDebate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Enters the state of a debate that this process now drives.
    pub(crate) fn enter(&self, debate: Debate) {
        *self.state() = State { debate: Some(debate), calls: Vec::new() };
    }

    /// Forgets the state: this process no longer drives the debate.
    pub(crate) fn leave(&self) {
        *self.state() = State::default();
        self.changed.notify_waiters();
    }

    pub(crate) fn apply(&self, recorded: &Recorded) {
        {
            let mut state = self.state();
            if let Some(debate) = &mut state.debate {
                debate.apply(recorded);
            }
            if let Event::CallStarted(started) = &recorded.event {
                // One by one, because there are few.
                state.calls.reserve_exact(1);
                state.calls.push(OpenCall::new(started));
            }
            if let Some(ended) = recorded.event.ends_call() {
                state.calls.retain(|open| open.call != ended);
            }
        }
        self.changed.notify_waiters();
    }

    /// Records a participant's report. A report on a call that has ended changes nothing.
    pub(crate) fn report(&self, call: CallNo, report: Report) {
        let changed = {
            let mut state = self.state();
            state.calls.iter_mut().find(|open| open.call == call).is_some_and(|c| c.report(report))
        };
        if changed {
            self.changed.notify_waiters();
        }
    }

    /// Reads the state, if this process drives the debate.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Debate) -> T) -> Option<T> {
        self.state().debate.as_ref().map(look)
    }

    /// The first due step and its brief.
    pub(crate) fn due(&self) -> Option<(Step, Brief)> {
        self.read(|debate| match debate.next_step() {
            NextStep::Begin(steps) => steps.first().map(|step| (*step, debate.brief(step))),
            NextStep::Wait | NextStep::Done => None,
        })?
    }

    pub(crate) fn time_left(&self, now: Timestamp) -> Option<Duration> {
        self.read(|debate| debate.time_left(now))?
    }

    /// The batch that a command yields in the current state.
    pub(crate) fn decide(
        &self,
        command: &Command,
        at: Timestamp,
    ) -> Result<Option<Batch>, EngineError> {
        let state = self.state();
        let Some(debate) = &state.debate else { return Ok(None) };
        let voids = decision::may_void(debate, command);
        let partials = if voids { state.partials() } else { Partials::new() };
        decision::decide(debate, command, at, &partials)
    }

    /// Whether a call is open here.
    pub(crate) fn is_open(&self, call: CallNo) -> bool {
        self.state().calls.iter().any(|open| open.call == call)
    }

    /// The text of all open calls so far.
    pub(crate) fn partials(&self) -> Partials {
        self.state().partials()
    }

    /// The text of one call so far.
    pub(crate) fn partial(&self, call: CallNo) -> String {
        let state = self.state();
        let open = state.calls.iter().find(|open| open.call == call);
        open.map(|open| open.text().to_owned()).unwrap_or_default()
    }

    /// Adds the progress of open calls that a watcher has not seen, which has read the log up to event
    /// `cursor`.
    ///
    /// Adds nothing unless `cursor` is the last event of the state: if it is earlier, the watcher must
    /// read the rest of the log first; if it is later, the state must catch up first.
    pub(crate) fn news(
        &self,
        cursor: u64,
        seen: &mut Option<Vec<CallCursor>>,
        news: &mut VecDeque<FeedItem>,
    ) {
        let state = self.state();
        let Some(debate) = state.debate.as_ref().filter(|debate| debate.seq() == cursor) else {
            return;
        };
        let joins = seen.is_none();
        let seen = seen.get_or_insert_default();
        seen.retain(|seen| state.calls.iter().any(|open| open.call == seen.call));
        for open in &state.calls {
            let place = seen.iter().position(|seen| seen.call == open.call);
            let place = place.unwrap_or_else(|| {
                seen.push(CallCursor::new(open.call, joins));
                seen.len() - 1
            });
            open.news(debate.id(), &mut seen[place], news);
        }
    }

    /// Resolves at the next change after this call.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }
}

impl State {
    fn partials(&self) -> Partials {
        self.calls.iter().map(|open| (open.call, open.text().into())).collect()
    }
}

#[cfg(test)]
mod tests;
