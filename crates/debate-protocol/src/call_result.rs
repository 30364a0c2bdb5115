use synod_domain::{
    BallotRecorded, BallotResult, Event, FailureCause, JudgeRuled, Label, OptionsSet,
    OptionsSource, Truncated, TurnEnded, TurnNo, TurnResult, is_blank,
};

use crate::{
    Addressee, CallEnd, Debate, Stage, ballot,
    debate::CountedBallot,
    ended_call::{EndedCall, FormReply},
    statement::{self, Statement},
};

impl Debate {
    /// The event that ends an open call.
    pub(crate) fn call_result(&self, ended: EndedCall<'_>) -> Event {
        match self.stage {
            Stage::Discussion if ended.state.asked == Addressee::Moderator => {
                self.move_ended(ended)
            }
            Stage::Opening | Stage::Discussion => Event::TurnEnded(self.turn_ended(ended).into()),
            Stage::Options => self.options_ended(ended),
            Stage::Voting | Stage::RunOff => self.ballot_ended(ended),
            Stage::Judging => self.judge_ended(ended),
        }
    }

    fn turn_ended(&self, ended: EndedCall<'_>) -> TurnEnded {
        let EndedCall { call, state, how, text, meta } = ended;
        let is_copy = |text| statement::is_copy(text, &self.transcript);
        let repeats = is_copy(text);
        let Statement { text, cut } = match state.asked {
            Addressee::Participant(index) => {
                statement::said_by(Label::of(index), text, &self.options)
            }
            Addressee::Moderator | Addressee::Judge { .. } => statement::clean_and_cut(text),
        };
        // What was cut off, or an order in front, does not make a copy a statement.
        let passed = repeats || is_copy(&text) || statement::is_pass(&text);
        let blank = is_blank(&text);
        let forfeited = TurnResult::Forfeited;
        let (result, truncated, cause) = match how {
            CallEnd::Unreadable(_) | CallEnd::Failed(FailureCause::Invalid) => {
                (forfeited, None, Some(FailureCause::ModelError))
            }
            CallEnd::Failed(cause) if *cause != FailureCause::Deadline => {
                (forfeited, None, Some(*cause))
            }
            CallEnd::Replied { .. } | CallEnd::Failed(_) if passed && self.round > 0 => {
                (TurnResult::Passed, None, None)
            }
            CallEnd::Failed(cause) if blank => (forfeited, None, Some(*cause)),
            CallEnd::Replied { .. } | CallEnd::Failed(_) if blank || passed => {
                (forfeited, None, Some(FailureCause::Empty))
            }
            CallEnd::Failed(_) => (TurnResult::Spoke, Some(Truncated::Deadline), None),
            CallEnd::Replied { cut: by_tokens } => {
                (TurnResult::Spoke, (cut || *by_tokens).then_some(Truncated::Length), None)
            }
        };
        TurnEnded {
            call,
            turn: state.turn.unwrap_or(TurnNo(0)),
            round: self.round,
            agent_id: self.asked(&self.step_of(state)).agent_id.clone(),
            result,
            text: text.into(),
            truncated,
            cause,
            meta,
        }
    }

    fn options_ended(&self, ended: EndedCall<'_>) -> Event {
        let (options, source) = match ended.read(|text| self.read_options(text, ended.is_cut())) {
            FormReply::Read(options) => (options, OptionsSource::Clerk),
            FormReply::Repeat(event) => return event,
            FormReply::Unreadable(_) | FormReply::Failed(_) => {
                (self.fallback_options(), OptionsSource::Fallback)
            }
        };
        let (call, meta) = (Some(ended.call), Some(ended.meta));
        Event::OptionsSet(OptionsSet { call, options, source, meta }.into())
    }

    fn ballot_ended(&self, ended: EndedCall<'_>) -> Event {
        let step = self.step_of(ended.state);
        let form = self.ballot_form(&step, ended.meta.omitted);
        let cut = ended.is_cut();
        let read = ended.read(|text| ballot::read(text, cut, &form, &self.options));
        let EndedCall { call, mut meta, .. } = ended;
        let (ballot, via, cause) = match read {
            FormReply::Read((ballot, rung)) => (ballot, Some(rung), None),
            FormReply::Repeat(event) => return event,
            FormReply::Unreadable(detail) => {
                meta.failure = Some(format!("unreadable ballot: {detail}").into());
                (NO_BALLOT, None, Some(FailureCause::Invalid))
            }
            FormReply::Failed(cause) => (NO_BALLOT, None, Some(ballot_cause(cause))),
        };
        let ballot = BallotRecorded {
            call,
            round: self.round,
            run_off: self.stage == Stage::RunOff,
            agent_id: self.asked(&step).agent_id.clone(),
            result: ballot.result,
            option: ballot.option,
            proposal: ballot.proposal,
            confidence: ballot.confidence,
            moved_by: ballot.moved_by,
            via,
            cause,
            meta,
        };
        Event::BallotRecorded(ballot.into())
    }

    fn judge_ended(&self, ended: EndedCall<'_>) -> Event {
        let cut = ended.is_cut();
        let EndedCall { call, state, how, text, mut meta } = ended;
        let second = state.asked == Addressee::Judge { second: true };
        let (option, cause) = match how.failure() {
            Some(cause) => (None, Some(ballot_cause(cause))),
            None => match ballot::read_ruling(text, cut, &self.tied_options(second), &self.options)
            {
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
