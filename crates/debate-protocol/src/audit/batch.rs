use std::collections::VecDeque;

use synod_domain::{Event, Recorded, Timestamp, VoidCause};

use super::{Check, ensure};
use crate::{Debate, Partials, Status};

/// The events that the current batch still needs. All events of one batch have the same time.
#[derive(Default)]
pub(super) struct Batch {
    began: Timestamp,
    /// The rest of a recovery.
    due: VecDeque<Event>,
    /// The cause for which all open calls are being voided.
    voiding: Option<VoidCause>,
    /// The event that is due instead of the refused one, if known.
    pub(super) expected: Option<Event>,
}

impl Batch {
    /// Checks an event as part of the batch, or as the first of the next.
    pub(super) fn check(&mut self, debate: &Debate, recorded: &Recorded) -> Check {
        let event = &recorded.event;
        let continues = match self.due.pop_front().or_else(|| debate.consequence(self.began)) {
            Some(due) if debate.follows(event, &due) => true,
            Some(due) => {
                self.expected = Some(due);
                return Err("another event follows from the events before it");
            }
            None => self.check_free(debate, recorded)?,
        };
        ensure(
            !continues || recorded.at == self.began,
            "the other events of its batch have another time",
        )?;
        self.began = recorded.at;
        self.voiding = voids_all(event);
        if *event == Event::DebateRecovered {
            self.due = debate.recover(Status::Running, &Partials::new()).into();
            self.due.pop_front();
        }
        Ok(())
    }

    /// Whether the event continues the batch. An error if it can begin none either.
    fn check_free(&self, debate: &Debate, recorded: &Recorded) -> Result<bool, &'static str> {
        let event = &recorded.event;
        let is_open = debate.open_calls().next().is_some();
        let goes_on = match self.voiding {
            Some(VoidCause::Closed) if !is_open => {
                ensure(matches!(event, Event::DebateClosed(_)), "the debate is closing")?;
                true
            }
            // While the debate is paused, calls that wait for their hosts are voided without the others.
            Some(VoidCause::Aborted) if debate.status == Status::Paused => false,
            Some(cause) if is_open => {
                ensure(voids_all(event) == Some(cause), "all open calls are voided at once")?;
                true
            }
            Some(_) | None => false,
        };
        debate.check_event(recorded)?;
        Ok(goes_on)
    }
}

/// The cause, if an event voids its call together with all other open calls.
fn voids_all(event: &Event) -> Option<VoidCause> {
    match event {
        Event::CallVoided(voided) if voided.cause != VoidCause::Invalid => Some(voided.cause),
        Event::CallVoided(_)
        | Event::DebateInitialized(_)
        | Event::DebateStarted
        | Event::DebatePaused(_)
        | Event::DebateResumed(_)
        | Event::DebateRecovered
        | Event::Interjected(_)
        | Event::VoteCalled
        | Event::CallStarted(_)
        | Event::TurnEnded(_)
        | Event::OptionsSet(_)
        | Event::MoveChosen(_)
        | Event::BallotRecorded(_)
        | Event::JudgeRuled(_)
        | Event::RoundClosed(_)
        | Event::DebateClosed(_)
        | Event::Unknown { .. } => None,
    }
}
