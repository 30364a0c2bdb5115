mod open_call;
mod pace;
mod reply_buffer;

use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use synod_debate_protocol::{Command, Debate, NextStep, Partials, Status, Step};
use synod_domain::{CallNo, Clock, DebateId, Event, Recorded, Timestamp};
use synod_event_log::Batch;
use tokio::sync::{Notify, futures::Notified};

pub(crate) use self::open_call::{UnreadDelta, UnreadProgress};
use self::{open_call::OpenCall, pace::Pace};
use crate::{
    Cursor, EngineError, FeedItem, LiveContent, Report, advance::Advance, command_batch,
    cursor::CallCursor,
};

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
    /// The text of calls that another process left open.
    left_open: Partials,
    pace: Pace,
}

impl LiveDebate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Enters the state of a debate that this process now drives. `left_open` has the text of calls that
    /// another process left open.
    pub(crate) fn enter(&self, debate: Debate, left_open: Partials) {
        *self.state() = State { debate: Some(debate), left_open, ..State::default() };
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
                let is_running = debate.status() == Status::Running;
                state.pace.follow(is_running, recorded.at);
            }
            if let Event::CallStarted(started) = &recorded.event {
                // One by one, because there are few.
                state.calls.reserve_exact(1);
                state.calls.push(OpenCall::new(started));
            }
            if let Some(ended) = recorded.event.ends_call() {
                state.calls.retain(|open| open.call != ended);
                state.left_open.remove(&ended);
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

    /// The due steps.
    pub(crate) fn due(&self) -> Vec<Step> {
        let due = self.read(|debate| match debate.next_step() {
            NextStep::Begin(steps) => steps,
            NextStep::Wait | NextStep::Done => Vec::new(),
        });
        due.unwrap_or_default()
    }

    /// The time of an event that is decided now. While this process runs the debate, a jump of the system's
    /// clock does not move it, so that the jump is no running time.
    pub(crate) fn now(&self, clock: &dyn Clock) -> Timestamp {
        self.state().pace.now().unwrap_or_else(|| clock.now())
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
        let voids = command_batch::may_void(debate, command);
        let partials = if voids { state.partials() } else { Partials::new() };
        command_batch::decide(debate, command, at, &partials)
    }

    /// The events that record these ends of calls and begin the steps that are then due, in the current
    /// state.
    pub(crate) fn advance(
        &self,
        ends: &[Command],
        may_begin: impl Fn(&Step) -> bool,
        at: Timestamp,
    ) -> Result<Option<Advance>, EngineError> {
        let state = self.state();
        let Some(debate) = &state.debate else { return Ok(None) };
        Advance::of(debate, ends, may_begin, at, || state.partials())
    }

    /// Whether a call is open here.
    pub(crate) fn is_open(&self, call: CallNo) -> bool {
        self.state().calls.iter().any(|open| open.call == call)
    }

    /// The open calls that wait, so that no host has their request.
    pub(crate) fn waiting_calls(&self) -> Vec<CallNo> {
        self.state().calls.iter().filter(|open| open.waits()).map(|open| open.call).collect()
    }

    /// The text of all open calls so far.
    pub(crate) fn partials(&self) -> Partials {
        self.state().partials()
    }

    /// The bytes of text of each open call so far, without those that have none.
    pub(crate) fn text_sizes(&self) -> Vec<(CallNo, usize)> {
        let state = self.state();
        let with_text = state.calls.iter().filter(|open| !open.is_silent());
        with_text.map(|open| (open.call, open.text().len())).collect()
    }

    /// The text of one call so far.
    pub(crate) fn partial(&self, call: CallNo) -> String {
        let state = self.state();
        let open = state.calls.iter().find(|open| open.call == call);
        open.map(|open| open.text().to_owned()).unwrap_or_default()
    }

    /// The next unread progress of an open call, of any kind. Moves the watcher's cursor.
    ///
    /// `None` unless the cursor is at the last event of the state: if it is earlier, the watcher must
    /// read the rest of the log first; if it is later, the state must catch up first.
    pub(crate) fn next_progress(&self, cursor: &mut Cursor) -> Option<FeedItem> {
        let state = self.state();
        let id = state.debate.as_ref()?.id();
        state.next(cursor, |open, cursor| open.next(id, cursor))
    }

    /// The next unread progress of these kinds, as [`next_progress`](Self::next_progress).
    pub(crate) fn next_of<T>(
        &self,
        wanted: LiveContent,
        cursor: &mut Cursor,
        read: impl Fn(DebateId, UnreadProgress<'_>) -> T,
    ) -> Option<T> {
        let state = self.state();
        let id = state.debate.as_ref()?.id();
        state.next(cursor, |open, cursor| Some(read(id, open.next_of(wanted, cursor)?)))
    }

    /// Resolves once the state includes the event with this number, or if there is no state.
    pub(crate) async fn reach(&self, seq: u64) {
        self.until(|state| state.has_reached(seq)).await;
    }

    /// Resolves once the pause or stop with this number has ended the calls that it ends: no call is open
    /// that waits for its host. Resolves at once if there is no state.
    pub(crate) async fn settle(&self, seq: u64) {
        self.until(|state| state.has_reached(seq) && !(state.is_paused() && state.waits())).await;
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        loop {
            // Created before the state is read, so that no change in between is missed.
            let changed = self.changed();
            if holds(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    /// Resolves at the next change after this call.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }
}

impl State {
    fn has_reached(&self, seq: u64) -> bool {
        self.debate.as_ref().is_none_or(|debate| debate.seq() >= seq)
    }

    fn is_paused(&self) -> bool {
        self.debate.as_ref().is_some_and(|debate| debate.status() == Status::Paused)
    }

    fn waits(&self) -> bool {
        self.calls.iter().any(OpenCall::waits)
    }

    fn next<T>(
        &self,
        cursor: &mut Cursor,
        read: impl Fn(&OpenCall, &mut CallCursor) -> Option<T>,
    ) -> Option<T> {
        if self.debate.as_ref()?.seq() != cursor.seq() {
            return None;
        }
        let joins = cursor.calls.is_none();
        let seen = cursor.calls.get_or_insert_default();
        seen.retain(|seen| self.calls.iter().any(|open| open.call == seen.call));
        for open in &self.calls {
            if !seen.iter().any(|seen| seen.call == open.call) {
                let next = if joins && !open.is_silent() { None } else { Some(0) };
                seen.push(CallCursor { call: open.call, next, next_thought: 0, phases: 0 });
            }
        }
        // In the same order: calls begin one after another.
        self.calls.iter().zip(seen).find_map(|(open, seen)| read(open, seen))
    }

    fn partials(&self) -> Partials {
        let here = self.calls.iter().filter(|open| !open.is_silent());
        let here = here.map(|open| (open.call, open.text().into()));
        self.left_open.clone().into_iter().chain(here).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
