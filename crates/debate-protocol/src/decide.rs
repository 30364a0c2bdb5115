use std::{collections::BTreeMap, sync::Arc};

use synod_domain::{
    CallMeta, CallNo, CallVoided, Event, Interjected, Outcome, PausePolicy, PauseReason, Paused,
    Resumed, Timestamp, VoidCause,
};

use crate::{
    CallEnd, Command, Debate, Rejection, Stage, Status, Step,
    ended_call::EndedCall,
    statement::{clean, clean_and_cut},
};

/// Most characters of an interjection.
const LONGEST_INTERJECTION: usize = 4_000;
/// Most interjections of a debate.
pub(crate) const MOST_INTERJECTIONS: u8 = 32;
/// Losses of one step that pause the debate.
const POISON: u8 = 3;

/// The text of open calls so far, for the events that void them.
pub type Partials = BTreeMap<CallNo, Arc<str>>;

impl Debate {
    /// The events that a command yields, to be recorded as one batch, all with the time `at`. No events:
    /// the command is accepted, and the debate is already in that state. Changes nothing.
    ///
    /// # Errors
    /// [`Rejection`], if the command is refused.
    pub fn decide(&self, command: Command, at: Timestamp) -> Result<Vec<Event>, Rejection> {
        self.decide_with(command, at, &Partials::new())
    }

    /// As [`decide`](Self::decide). The events that void open calls keep the text of these calls so far.
    ///
    /// # Errors
    /// [`Rejection`], if the command is refused.
    pub fn decide_with(
        &self,
        command: Command,
        at: Timestamp,
        partials: &Partials,
    ) -> Result<Vec<Event>, Rejection> {
        let name = command.verb();
        let refused = || self.refuse(name);
        match (command, self.status) {
            (Command::Start, Status::Initialized) => Ok(vec![Event::DebateStarted]),
            (Command::Start, Status::Running) => Ok(vec![]),
            (Command::Start, Status::Paused | Status::Closed) => Err(refused()),

            (
                Command::Pause { .. }
                | Command::PauseForHosts { .. }
                | Command::PauseForModels { .. },
                Status::Initialized | Status::Closed,
            ) => Err(refused()),
            (Command::Pause { policy, reason }, _) => {
                Ok(self.pause_with(Paused::of(policy, reason), partials))
            }
            (Command::PauseForHosts { reason, hosts, detail }, _) => {
                let policy = PausePolicy::Abort;
                let paused = Paused { hosts, detail, ..Paused::of(policy, reason) };
                Ok(self.pause_with(paused, partials))
            }
            (Command::PauseForModels { changes }, _) if changes.is_empty() => Ok(vec![]),
            (Command::PauseForModels { changes }, _) => {
                Ok(self.pause_with(Paused::for_models(changes), partials))
            }

            (Command::Resume, Status::Paused) => Ok(vec![Event::DebateResumed(Arc::default())]),
            (Command::ResumeWithModels { accepted }, Status::Paused) => {
                let fits = accepted.into_iter().filter(|change| self.fits(change));
                let resumed = Resumed { accepted_models: fits.collect() };
                Ok(vec![Event::DebateResumed(resumed.into())])
            }
            (Command::Resume | Command::ResumeWithModels { .. }, Status::Running) => Ok(vec![]),
            (
                Command::Resume | Command::ResumeWithModels { .. },
                Status::Initialized | Status::Closed,
            ) => Err(refused()),

            (Command::Stop { .. }, Status::Closed) => Ok(vec![]),
            (Command::Stop { reason }, _) => Ok(self.close(Outcome::Stopped, reason, at, partials)),

            (Command::Interject { .. }, Status::Closed) => Err(refused()),
            (Command::Interject { text, author }, _) => self.interject(&text, author),

            (Command::CallVote, Status::Initialized | Status::Closed) => Err(refused()),
            (Command::CallVote, Status::Running | Status::Paused) => Ok(self.vote()),

            (Command::Begin(step), Status::Running) => self.begin_step(&step, at, partials),
            (Command::Begin(_), _) => Err(refused()),

            (Command::Ended { call, how, text, meta }, _) => {
                self.end_call(call, &how, &text, meta, at)
            }

            (Command::Withdraw { .. }, Status::Initialized | Status::Running | Status::Closed) => {
                Ok(vec![])
            }
            (Command::Withdraw { calls }, Status::Paused) => {
                Ok(self.void_if(|call| calls.contains(&call), VoidCause::Aborted, partials))
            }

            (Command::Recover, Status::Initialized | Status::Closed) => Ok(vec![]),
            (Command::Recover, status) => Ok(self.recover(status, partials)),

            (Command::Release, Status::Initialized | Status::Closed) => Ok(vec![]),
            (Command::Release, _) => Ok(self.void_open(VoidCause::Aborted, partials)),

            (Command::DeadlinePassed, Status::Running) => {
                Ok(self.close(Outcome::Deadline, None, at, partials))
            }
            (Command::DeadlinePassed, _) => Err(refused()),

            (Command::Fault { .. }, Status::Closed) => Ok(vec![]),
            (Command::Fault { reason }, _) => {
                Ok(self.close(Outcome::Failed, Some(reason), at, partials))
            }
        }
    }

    fn end_call(
        &self,
        call: CallNo,
        how: &CallEnd,
        text: &str,
        meta: CallMeta,
        at: Timestamp,
    ) -> Result<Vec<Event>, Rejection> {
        let state = self.state_of_call(call).filter(|_| self.status != Status::Closed);
        let state = state.ok_or(Rejection::CallNotOpen(call))?;
        let ended = EndedCall { call, state, how, text, meta };
        Ok(self.with_consequences(self.call_result(ended), at))
    }

    /// An event, and all events that follow from it without another call.
    fn with_consequences(&self, event: Event, at: Timestamp) -> Vec<Event> {
        let mut events = vec![event];
        let unended = self.steps.iter().filter(|s| s.open().is_some() || s.due().is_some());
        if unended.count() == 1 {
            let mut after = self.clone();
            after.apply_event(&events[0], at);
            while let Some(next) = after.consequence(at) {
                after.apply_event(&next, at);
                events.push(next);
            }
        }
        events
    }

    fn refuse(&self, command: &'static str) -> Rejection {
        let allowed = self.status.allowed();
        Rejection::NotAllowed { command, status: self.status, allowed }
    }

    fn pause_with(&self, paused: Paused, partials: &Partials) -> Vec<Event> {
        let mut events = match paused.policy {
            PausePolicy::Drain => vec![],
            PausePolicy::Abort => self.void_open(VoidCause::Aborted, partials),
        };
        if self.status == Status::Running {
            events.push(Event::DebatePaused(paused.into()));
        }
        events
    }

    fn interject(&self, text: &str, author: Option<String>) -> Result<Vec<Event>, Rejection> {
        let text = clean(text);
        if !is_interjection(&text) {
            Err(Rejection::InterjectionLength)
        } else if self.interjections >= MOST_INTERJECTIONS {
            Err(Rejection::TooManyInterjections)
        } else {
            let author = author.map(Arc::from);
            Ok(vec![Event::Interjected(Interjected { text: text.into(), author })])
        }
    }

    fn vote(&self) -> Vec<Event> {
        if self.vote_called || self.stage != Stage::Discussion {
            vec![]
        } else {
            vec![Event::VoteCalled]
        }
    }

    fn begin_step(
        &self,
        step: &Step,
        at: Timestamp,
        partials: &Partials,
    ) -> Result<Vec<Event>, Rejection> {
        if self.first_due().as_ref() != Some(step) {
            return Err(Rejection::NotDue);
        }
        if self.budget_spent() {
            return Ok(self.close(Outcome::Budget, None, at, partials));
        }
        let begun = Step { turn: self.turn_for(step), ..*step };
        let call = CallNo(self.calls_begun + 1);
        Ok(vec![Event::CallStarted(self.call_started(call, &begun))])
    }

    pub(crate) fn recover(&self, status: Status, partials: &Partials) -> Vec<Event> {
        let lost = self.void_open(VoidCause::Lost, partials);
        if status == Status::Paused {
            return lost;
        }
        let open = self.steps.iter().filter(|state| state.open().is_some());
        let poisoned = open.clone().any(|state| state.lost + 1 >= POISON);
        let mut events = vec![Event::DebateRecovered];
        events.extend(lost);
        if poisoned {
            let paused = Paused::of(PausePolicy::Drain, PauseReason::Poison);
            events.push(Event::DebatePaused(paused.into()));
        }
        events
    }

    fn close(
        &self,
        outcome: Outcome,
        reason: Option<String>,
        at: Timestamp,
        partials: &Partials,
    ) -> Vec<Event> {
        let mut after = self.clone();
        let mut events = self.void_open(VoidCause::Closed, partials);
        for event in &events {
            after.apply_event(event, at);
        }
        events.push(Event::DebateClosed(Arc::new(after.verdict_of(outcome, reason, at))));
        events
    }

    fn void_open(&self, cause: VoidCause, partials: &Partials) -> Vec<Event> {
        self.void_if(|_| true, cause, partials)
    }

    fn void_if(
        &self,
        is_voided: impl Fn(CallNo) -> bool,
        cause: VoidCause,
        partials: &Partials,
    ) -> Vec<Event> {
        let open = self.open_calls().filter(|open| is_voided(open.call)).map(|open| CallVoided {
            call: open.call,
            cause,
            detail: None,
            text: partials
                .get(&open.call)
                .map_or_else(|| Arc::from(""), |text| clean_and_cut(text).text.into()),
            meta: None,
        });
        open.map(|voided| Event::CallVoided(voided.into())).collect()
    }
}

/// Whether a text can be an interjection.
pub(crate) fn is_interjection(text: &str) -> bool {
    clean(text) == text && (1..=LONGEST_INTERJECTION).contains(&text.chars().count())
}
