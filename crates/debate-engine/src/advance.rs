//! The next events that a driver appends to its debate.

use std::{borrow::Cow, sync::Arc};

use synod_debate_protocol::{Command, Debate, NextStep, Partials, Step};
use synod_domain::{Brief, Event, Recorded, Timestamp};
use synod_event_log::Batch;

use crate::{
    EngineError,
    command_batch::{decide, may_void},
};

/// The ends of calls and the beginnings of the calls that are then due, for a single append: an append to
/// a durable log costs a write to the disk, for which the models would wait.
#[derive(Debug)]
pub(crate) struct Advance {
    pub(crate) batch: Batch,
    /// The step and the brief of each call that the batch begins, in order.
    pub(crate) begun: Vec<(Step, Brief)>,
}

impl Advance {
    /// Decides these commands, and after them the beginning of each due step, as if each were appended
    /// after the other. Commands that the rules refuse are left out, and steps from the first on that
    /// `may_begin` refuses. If the budget ends, the batch closes the debate instead.
    ///
    /// `partials` returns the text of the open calls, in case that the debate closes.
    pub(crate) fn of(
        debate: &Debate,
        ends: &[Command],
        may_begin: impl Fn(&Step) -> bool,
        at: Timestamp,
        partials: impl Fn() -> Partials,
    ) -> Result<Option<Self>, EngineError> {
        let mut ahead = Ahead { debate: Cow::Borrowed(debate), events: Vec::new() };
        for end in ends {
            match decide(&ahead.debate, end, at, &Partials::new()) {
                Ok(Some(batch)) => ahead.append(&batch),
                Ok(None) => {}
                Err(EngineError::Rejected(rejection)) => {
                    let (id, command) = (debate.id(), end.name());
                    tracing::debug!(debate.id = %id, command, %rejection, "dropped");
                }
                Err(error) => return Err(error),
            }
        }
        let begun = ahead.begin_due(may_begin, at, partials)?;
        if ahead.events.is_empty() {
            return Ok(None);
        }
        let batch = Batch::new(debate.id(), debate.seq(), at, ahead.events)?;
        Ok(Some(Self { batch, begun }))
    }
}

/// A debate with events that are not appended yet.
struct Ahead<'a> {
    /// Cloned by the first event after which more are decided.
    debate: Cow<'a, Debate>,
    events: Vec<Event>,
}

impl Ahead<'_> {
    fn append(&mut self, batch: &Batch) {
        self.keep(batch);
        let debate = self.debate.to_mut();
        batch.events().iter().for_each(|(_, recorded)| debate.apply(recorded));
    }

    fn keep(&mut self, batch: &Batch) {
        self.events.extend(batch.events().iter().map(|(_, recorded)| recorded.event.clone()));
    }

    fn begin_due(
        &mut self,
        may_begin: impl Fn(&Step) -> bool,
        at: Timestamp,
        partials: impl Fn() -> Partials,
    ) -> Result<Vec<(Step, Brief)>, EngineError> {
        let mut begun = Vec::new();
        while let NextStep::Begin(steps) = self.debate.next_step()
            && let Some(step) = steps.first()
            && may_begin(step)
        {
            let begin = Command::Begin(*step);
            let voids = may_void(&self.debate, &begin);
            let partials = if voids { partials() } else { Partials::new() };
            // The brief is made from the log before `call_started`.
            let brief = self.debate.brief(step);
            let batch = match decide(&self.debate, &begin, at, &partials) {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) if self.events.is_empty() => return Err(error),
                // It is decided again once the events before it are appended.
                Err(_) => break,
            };
            let starts = |(_, recorded): &(_, Arc<Recorded>)| {
                matches!(recorded.event, Event::CallStarted(_))
            };
            if !batch.events().iter().any(starts) {
                self.keep(&batch);
                break;
            }
            begun.push((*step, brief));
            if steps.len() == 1 {
                self.keep(&batch);
                break;
            }
            self.append(&batch);
        }
        Ok(begun)
    }
}
