use std::{collections::BTreeMap, fmt};

use synod_domain::{CallMeta, Event, FailureCause, TurnResult};

use crate::{count::counted, printable::on_one_line};

/// The maximum number of reasons that are listed separately.
const MAX_REASONS: usize = 3;

/// Failed calls by reason.
///
/// Displayed as one sentence, the most frequent reason first: `3 calls failed: connection refused by gpu
/// (2), time limit (1).`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    reasons: BTreeMap<String, u64>,
    /// Whether the log has the reason of at least one of them.
    has_reasons: bool,
}

impl Failures {
    /// Counts the call that an event ends, if the call failed.
    pub fn note(&mut self, event: &Event) {
        let Some((cause, meta)) = failure(event) else { return };
        let logged = meta.failure.as_deref().map(on_one_line);
        self.has_reasons |= logged.is_some();
        let reason = logged.unwrap_or_else(|| in_words(cause).to_owned());
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// Whether no call failed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether the log has the reason of at least one failed call.
    pub(crate) const fn has_reasons(&self) -> bool {
        self.has_reasons
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), *reason));
        write!(f, "{} failed: ", counted(self.reasons.values().sum(), "call"))?;
        for (index, (reason, count)) in reasons.iter().take(MAX_REASONS).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{reason} ({count})")?;
        }
        let others: u64 = reasons.iter().skip(MAX_REASONS).map(|(_, count)| **count).sum();
        if others > 0 {
            write!(f, ", other reasons ({others})")?;
        }
        f.write_str(".")
    }
}

/// The cause and the details of the failed call that an event ends.
fn failure(event: &Event) -> Option<(FailureCause, &CallMeta)> {
    // If the call of a clerk or a moderator fails, the rules decide instead, and the event has no cause.
    let replaced = |meta: &&CallMeta| meta.failure.is_some();
    match event {
        Event::TurnEnded(turn) if turn.result == TurnResult::Forfeited => {
            Some((turn.cause?, &turn.meta))
        }
        Event::BallotRecorded(ballot) => Some((ballot.cause?, &ballot.meta)),
        Event::JudgeRuled(ruling) => Some((ruling.cause?, &ruling.meta)),
        Event::OptionsSet(set) => {
            Some((FailureCause::ModelError, set.meta.as_ref().filter(replaced)?))
        }
        Event::MoveChosen(chosen) => {
            Some((FailureCause::ModelError, Some(&chosen.meta).filter(replaced)?))
        }
        Event::TurnEnded(_)
        | Event::CallVoided(_)
        | Event::DebateInitialized(_)
        | Event::DebateStarted
        | Event::DebatePaused(_)
        | Event::DebateResumed(_)
        | Event::DebateRecovered
        | Event::Interjected(_)
        | Event::VoteCalled
        | Event::CallStarted(_)
        | Event::RoundClosed(_)
        | Event::DebateClosed(_)
        | Event::Unknown { .. } => None,
    }
}

const fn in_words(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Deadline => "time limit",
        FailureCause::ModelError => "the model or its host failed",
        FailureCause::Empty => "empty reply",
        FailureCause::Invalid => "unreadable reply",
        FailureCause::AllThought => "the model thought and said nothing",
        FailureCause::Context => "the prompt does not fit the model's window",
    }
}
