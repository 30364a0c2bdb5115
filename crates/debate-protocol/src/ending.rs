use std::sync::Arc;

use synod_domain::{
    BallotRecorded, BallotResult, CallMeta, CallNo, CallVoided, DebateOption, Event, FailureCause,
    JudgeRuled, OptionsSet, OptionsSource, Truncated, TurnEnded, TurnNo, TurnResult, VoidCause,
    norm,
};

use crate::{
    Asked, Debate, Stage, ballot,
    debate::Cast,
    options,
    slot::Slot,
    statement::{self, Statement},
};

/// How a call ended, before the rules have read its text.
pub(crate) enum Ending {
    /// With a whole reply; `cut` by the limit of tokens.
    Whole { cut: bool },
    /// At its deadline.
    TimedOut,
    /// With a failure.
    Failed(FailureCause),
    /// With a reply that its participant could not read.
    Unreadable(String),
}

impl Ending {
    /// Why there is no reply to read, if there is none.
    const fn failure(&self) -> Option<FailureCause> {
        match self {
            Self::Whole { .. } | Self::Unreadable(_) => None,
            Self::TimedOut => Some(FailureCause::Deadline),
            Self::Failed(cause) => Some(*cause),
        }
    }
}

impl Debate {
    /// The one event that ends an open call.
    pub(crate) fn ending(
        &self,
        call: CallNo,
        slot: &Slot,
        ending: Ending,
        text: &str,
        meta: CallMeta,
    ) -> Event {
        match self.stage {
            Stage::Opening | Stage::Discussion => {
                Event::TurnEnded(self.turn_ended(call, slot, &ending, text, meta))
            }
            Stage::Options => self.options_ended(call, slot, ending, text, meta),
            Stage::Voting | Stage::RunOff => self.ballot_ended(call, slot, ending, text, meta),
            Stage::Judging => self.judge_ended(call, slot, &ending, text, meta),
        }
    }

    fn turn_ended(
        &self,
        call: CallNo,
        slot: &Slot,
        ending: &Ending,
        text: &str,
        meta: CallMeta,
    ) -> TurnEnded {
        let Statement { text, cut } = statement::clean_and_cut(text);
        let passed = norm(&text) == "pass";
        let (result, truncated, cause) = match ending {
            Ending::Failed(cause) => (TurnResult::Forfeited, None, Some(*cause)),
            Ending::Unreadable(_) => (TurnResult::Forfeited, None, Some(FailureCause::ModelError)),
            Ending::Whole { .. } | Ending::TimedOut if passed && self.round > 0 => {
                (TurnResult::Passed, None, None)
            }
            Ending::TimedOut if text.is_empty() => {
                (TurnResult::Forfeited, None, Some(FailureCause::Deadline))
            }
            Ending::Whole { .. } | Ending::TimedOut if text.is_empty() || passed => {
                (TurnResult::Forfeited, None, Some(FailureCause::Empty))
            }
            Ending::TimedOut => (TurnResult::Spoke, Some(Truncated::Deadline), None),
            Ending::Whole { cut: by_tokens } => {
                (TurnResult::Spoke, (cut || *by_tokens).then_some(Truncated::Length), None)
            }
        };
        TurnEnded {
            call,
            turn: slot.turn.unwrap_or(TurnNo(0)),
            round: self.round,
            agent_id: self.asked(&self.step_of(slot)).agent_id.clone(),
            result,
            text: text.into(),
            truncated,
            cause,
            meta,
        }
    }

    fn options_ended(
        &self,
        call: CallNo,
        slot: &Slot,
        ending: Ending,
        text: &str,
        meta: CallMeta,
    ) -> Event {
        let failed = ending.failure().is_some();
        let fallback = || (self.fallback_options(), OptionsSource::Fallback);
        let (options, source) = match readable(ending, || options::read(text)) {
            Some(Ok(texts)) => (DebateOption::list(texts), OptionsSource::Clerk),
            Some(Err(detail)) if !failed && slot.repair.is_none() => {
                return invalid(call, detail, text, meta);
            }
            Some(Err(_)) | None => fallback(),
        };
        Event::OptionsSet(OptionsSet { call: Some(call), options, source, meta: Some(meta) })
    }

    fn ballot_ended(
        &self,
        call: CallNo,
        slot: &Slot,
        ending: Ending,
        text: &str,
        meta: CallMeta,
    ) -> Event {
        let step = self.step_of(slot);
        let form = self.ballot_form(&step);
        let failure = ending.failure();
        let (cast, via, cause) = match readable(ending, || ballot::read(text, &form, &self.options))
        {
            Some(Ok((cast, rung))) => (cast, Some(rung), None),
            Some(Err(detail)) if slot.repair.is_none() => {
                return invalid(call, detail, text, meta);
            }
            Some(Err(_)) => (NO_BALLOT, None, Some(FailureCause::Invalid)),
            None => (NO_BALLOT, None, failure.map(ballot_cause)),
        };
        Event::BallotRecorded(BallotRecorded {
            call,
            round: self.round,
            run_off: self.stage == Stage::RunOff,
            agent_id: self.asked(&step).agent_id.clone(),
            result: cast.result,
            option: cast.option,
            proposal: cast.proposal.as_deref().map(str::to_owned),
            confidence: cast.confidence,
            moved_by: cast.moved_by,
            via,
            cause,
            meta,
        })
    }

    fn judge_ended(
        &self,
        call: CallNo,
        slot: &Slot,
        ending: &Ending,
        text: &str,
        meta: CallMeta,
    ) -> Event {
        let second = slot.asked == Asked::Judge { second: true };
        let (option, cause) = match ending.failure() {
            Some(cause) => (None, Some(ballot_cause(cause))),
            None => match ballot::read_ruling(text, &self.tied_options(second)) {
                Ok(option) => (Some(option), None),
                Err(_) => (None, Some(FailureCause::Invalid)),
            },
        };
        Event::JudgeRuled(JudgeRuled { call, option, cause, meta })
    }
}

const NO_BALLOT: Cast = Cast {
    result: BallotResult::None,
    option: None,
    proposal: None,
    confidence: None,
    moved_by: None,
};

/// What the text says, if there is a whole reply to read.
fn readable<T>(
    ending: Ending,
    read: impl FnOnce() -> Result<T, String>,
) -> Option<Result<T, String>> {
    match ending {
        Ending::Whole { .. } => Some(read()),
        Ending::Unreadable(detail) => Some(Err(detail)),
        Ending::TimedOut | Ending::Failed(_) => None,
    }
}

/// A blank reply to a ballot is an unreadable one.
const fn ballot_cause(cause: FailureCause) -> FailureCause {
    match cause {
        FailureCause::Empty => FailureCause::Invalid,
        FailureCause::Deadline
        | FailureCause::ModelError
        | FailureCause::Invalid
        | FailureCause::Context => cause,
    }
}

fn invalid(call: CallNo, detail: String, text: &str, meta: CallMeta) -> Event {
    let text: Arc<str> = statement::clean_and_cut(text).text.into();
    let (cause, detail) = (VoidCause::Invalid, Some(detail));
    Event::CallVoided(CallVoided { call, cause, detail, text, meta: Some(meta) })
}
