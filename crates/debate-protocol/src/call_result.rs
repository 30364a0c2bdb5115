use std::sync::Arc;

use synod_domain::{
    BallotRecorded, BallotResult, CallMeta, CallNo, CallVoided, Event, FailureCause, JudgeRuled,
    Label, OptionsSet, OptionsSource, Truncated, TurnEnded, TurnNo, TurnResult, VoidCause,
    is_blank,
};

use crate::{
    Addressee, CallEnd, Debate, Stage, ballot,
    debate::CountedBallot,
    slot::Slot,
    statement::{self, Statement},
};

impl Debate {
    /// The event that ends an open call.
    pub(crate) fn call_result(
        &self,
        call: CallNo,
        slot: &Slot,
        how: &CallEnd,
        text: &str,
        meta: CallMeta,
    ) -> Event {
        match self.stage {
            Stage::Discussion if slot.asked == Addressee::Moderator => {
                self.move_ended(call, slot, how, text, meta)
            }
            Stage::Opening | Stage::Discussion => {
                Event::TurnEnded(self.turn_ended(call, slot, how, text, meta).into())
            }
            Stage::Options => self.options_ended(call, slot, how, text, meta),
            Stage::Voting | Stage::RunOff => self.ballot_ended(call, slot, how, text, meta),
            Stage::Judging => self.judge_ended(call, slot, how, text, meta),
        }
    }

    fn turn_ended(
        &self,
        call: CallNo,
        slot: &Slot,
        how: &CallEnd,
        text: &str,
        meta: CallMeta,
    ) -> TurnEnded {
        let repeats = statement::is_copy(text, &self.transcript);
        let Statement { text, cut } = match slot.asked {
            Addressee::Participant(index) => statement::said_by(Label::of(index), text),
            Addressee::Moderator | Addressee::Judge { .. } => statement::clean_and_cut(text),
        };
        let passed = repeats || statement::is_pass(&text);
        let blank = is_blank(&text);
        let forfeited = TurnResult::Forfeited;
        let (result, truncated, cause) = match how {
            CallEnd::Unreadable(_) | CallEnd::Failed(FailureCause::Invalid) => {
                (forfeited, None, Some(FailureCause::ModelError))
            }
            CallEnd::Failed(cause) if *cause != FailureCause::Deadline => {
                (forfeited, None, Some(*cause))
            }
            CallEnd::Whole { .. } | CallEnd::Failed(_) if passed && self.round > 0 => {
                (TurnResult::Passed, None, None)
            }
            CallEnd::Failed(cause) if blank => (forfeited, None, Some(*cause)),
            CallEnd::Whole { .. } | CallEnd::Failed(_) if blank || passed => {
                (forfeited, None, Some(FailureCause::Empty))
            }
            CallEnd::Failed(_) => (TurnResult::Spoke, Some(Truncated::Deadline), None),
            CallEnd::Whole { cut: by_tokens } => {
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
        how: &CallEnd,
        text: &str,
        meta: CallMeta,
    ) -> Event {
        let fallback = || (self.fallback_options(), OptionsSource::Fallback);
        let (options, source) = match readable(how, || self.read_options(text)) {
            Some(Ok(options)) => (options, OptionsSource::Clerk),
            Some(Err(detail)) if slot.repair.is_none() => {
                return invalid(call, detail, text, meta);
            }
            Some(Err(_)) | None => fallback(),
        };
        let call = Some(call);
        Event::OptionsSet(OptionsSet { call, options, source, meta: Some(meta) }.into())
    }

    fn ballot_ended(
        &self,
        call: CallNo,
        slot: &Slot,
        how: &CallEnd,
        text: &str,
        mut meta: CallMeta,
    ) -> Event {
        let step = self.step_of(slot);
        let form = self.ballot_form(&step, meta.omitted);
        let failure = how.failure();
        let cut = matches!(how, CallEnd::Whole { cut: true });
        let read = || ballot::read(text, cut, &form, &self.options);
        let (ballot, via, cause) = match readable(how, read) {
            Some(Ok((ballot, rung))) => (ballot, Some(rung), None),
            Some(Err(detail)) if slot.repair.is_none() => {
                return invalid(call, detail, text, meta);
            }
            Some(Err(detail)) => {
                meta.failure = Some(format!("unreadable ballot: {detail}").into());
                (NO_BALLOT, None, Some(FailureCause::Invalid))
            }
            None => (NO_BALLOT, None, failure.map(ballot_cause)),
        };
        let ballot = BallotRecorded {
            call,
            round: self.round,
            run_off: self.stage == Stage::RunOff,
            agent_id: self.asked(&step).agent_id.clone(),
            result: ballot.result,
            option: ballot.option,
            proposal: ballot.proposal.as_deref().map(str::to_owned),
            confidence: ballot.confidence,
            moved_by: ballot.moved_by,
            via,
            cause,
            meta,
        };
        Event::BallotRecorded(ballot.into())
    }

    fn judge_ended(
        &self,
        call: CallNo,
        slot: &Slot,
        how: &CallEnd,
        text: &str,
        mut meta: CallMeta,
    ) -> Event {
        let second = slot.asked == Addressee::Judge { second: true };
        let (option, cause) = match how.failure() {
            Some(cause) => (None, Some(ballot_cause(cause))),
            None => match ballot::read_ruling(text, &self.tied_options(second), &self.options) {
                Ok(option) => (Some(option), None),
                Err(detail) => {
                    meta.failure = Some(format!("unreadable ruling: {detail}").into());
                    (None, Some(FailureCause::Invalid))
                }
            },
        };
        Event::JudgeRuled(JudgeRuled { call, option, cause, meta }.into())
    }
}

/// The ballot of a failed call.
pub(crate) const NO_BALLOT: CountedBallot = CountedBallot {
    result: BallotResult::None,
    option: None,
    proposal: None,
    confidence: None,
    moved_by: None,
};

/// The result of reading the text, if there is a whole reply.
pub(crate) fn readable<T>(
    how: &CallEnd,
    read: impl FnOnce() -> Result<T, String>,
) -> Option<Result<T, String>> {
    match how {
        CallEnd::Whole { .. } => Some(read()),
        CallEnd::Unreadable(detail) => Some(Err(detail.clone())),
        CallEnd::Failed(_) => None,
    }
}

/// A blank reply to a ballot is an unreadable reply.
const fn ballot_cause(cause: FailureCause) -> FailureCause {
    match cause {
        FailureCause::Empty => FailureCause::Invalid,
        FailureCause::Deadline
        | FailureCause::ModelError
        | FailureCause::Invalid
        | FailureCause::Context
        | FailureCause::AllThought => cause,
    }
}

/// The event that asks once more for an unreadable reply.
pub(crate) fn invalid(call: CallNo, detail: String, text: &str, meta: CallMeta) -> Event {
    let text: Arc<str> = statement::clean_and_cut(text).text.into();
    let (cause, detail) = (VoidCause::Invalid, Some(detail));
    Event::CallVoided(CallVoided { call, cause, detail, text, meta: Some(meta) }.into())
}
