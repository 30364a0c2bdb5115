use synod_domain::{
    BallotRecorded, BallotResult, DebateOption, FailureCause, JudgeRuled, OptionsSet,
    OptionsSource, Rung, TurnEnded, TurnResult, named_option, unmarked,
};

use super::{Check, ensure};
use crate::{
    Debate, Stage,
    statement::{clean, is_clean, is_copy, is_pass, one_line},
};

impl Debate {
    pub(super) fn check_turn(&self, ended: &TurnEnded) -> Check {
        let state = self.state_of_call(ended.call).ok_or("the call is not open")?;
        let step = self.step_of(state);
        let speaks = step.purpose.is_turn();
        ensure(speaks && state.turn == Some(ended.turn), "the call is not that turn")?;
        ensure(self.asked(&step).agent_id == ended.agent_id, "another agent was asked")?;
        ensure(ended.round == self.round, "the turn belongs to another round")?;
        ensure(is_clean(&ended.text), "no reply leaves such a text")?;
        let (blank, pass) = (synod_domain::is_blank(&ended.text), is_pass(&ended.text));
        // That a copy is no statement, and that the frame of a prompt is no part of one, is a later
        // rule: in older logs both were statements, so that neither can be asked of a statement.
        let passes = pass || is_copy(&ended.text, &self.transcript);
        match ended.result {
            TurnResult::Spoke => ensure(
                !blank && (!pass || self.holds_earlier_rules()) && ended.cause.is_none(),
                "a statement is blank, a pass, or failed",
            ),
            TurnResult::Passed => ensure(
                passes && ended.round > 0 && ended.cause.is_none() && ended.truncated.is_none(),
                "a turn is passed by `PASS` or a copy, and never in round 0",
            ),
            TurnResult::Forfeited => {
                let late = ended.cause == Some(FailureCause::Deadline);
                let known = ended.cause.is_some_and(|cause| cause != FailureCause::Invalid);
                ensure(
                    known && ended.truncated.is_none() && (!late || blank),
                    "a forfeited turn has a cause, and a late statement is not forfeited",
                )
            }
        }
    }

    pub(super) fn check_ballot(&self, ballot: &BallotRecorded) -> Check {
        let state = self.state_of_call(ballot.call).ok_or("the call is not open")?;
        let step = self.step_of(state);
        ensure(matches!(self.stage, Stage::Voting | Stage::RunOff), "no ballot was asked for")?;
        ensure(self.asked(&step).agent_id == ballot.agent_id, "another agent was asked")?;
        let here = ballot.round == self.round && ballot.run_off == (self.stage == Stage::RunOff);
        ensure(here, "the ballot belongs to another round")?;
        let form = self.ballot_form(&step, ballot.meta.omitted);
        let on_form = |id| form.choices.iter().any(|option| option.id == id);
        ensure(ballot.option.is_none_or(on_form), "the vote names an option not on the ballot")?;
        ensure(
            ballot.option.is_some() == (ballot.result == BallotResult::Vote),
            "a vote names an option, and nothing else does",
        )?;
        let offered = form.may_propose && ballot.result == BallotResult::Abstain;
        let proposed = |text: &str| offered && self.is_new_option(text);
        ensure(ballot.proposal.as_deref().is_none_or(proposed), "a proposal was not offered")?;
        let shown = form.moved_by.unwrap_or_default();
        ensure(
            ballot.moved_by.is_none_or(|turn| shown.contains(&turn)),
            "`moved_by` names a statement that the ballot did not offer",
        )?;
        let says_more = ballot.moved_by.is_some() || ballot.proposal.is_some();
        let sure = ballot.confidence.is_some();
        let read = match ballot.via {
            None => ballot.result == BallotResult::None && !sure && !says_more,
            Some(Rung::Bare) => ballot.result != BallotResult::None && !sure && !says_more,
            Some(Rung::Strict | Rung::Embedded) => ballot.result != BallotResult::None,
        };
        ensure(read, "the ballot holds more than that kind of reply can say")?;
        check_cause(ballot.result != BallotResult::None, ballot.cause)
    }

    fn is_new_option(&self, text: &str) -> bool {
        if self.holds_earlier_rules() {
            return clean(text) == text && !synod_domain::is_blank(text);
        }
        let is_stored = one_line(text) == text && unmarked(text) == text;
        is_stored
            && DebateOption::check(text).is_ok()
            && named_option(text, &self.options) == Ok(None)
    }

    pub(super) fn check_options(&self, set: &OptionsSet) -> Check {
        if self.holds_earlier_rules() && set.source == OptionsSource::Ballots && set.call.is_none()
        {
            return self.check_earlier_options(set);
        }
        let open = set.call.is_some_and(|call| self.state_of_call(call).is_some());
        ensure(open && self.stage == Stage::Options, "no clerk was asked for options")?;
        ensure(set.meta.is_some(), "the call has no cost")?;
        match set.source {
            _ if self.holds_earlier_rules() => self.check_earlier_options(set),
            OptionsSource::Clerk => {
                ensure(self.is_clerks_list(&set.options), "the options cannot be a clerk's list")
            }
            OptionsSource::Fallback => {
                ensure(set.options == self.fallback_options(), "the openings give other answers")
            }
            OptionsSource::Ballots => Err("no ballot was cast yet"),
        }
    }

    pub(super) fn check_ruling(&self, ruled: &JudgeRuled) -> Check {
        let open = self.state_of_call(ruled.call).is_some() && self.stage == Stage::Judging;
        ensure(open, "no judge was asked")?;
        let tied = self.tied_options(false);
        let legal = ruled.option.is_none_or(|id| tied.iter().any(|option| option.id == id));
        ensure(legal, "the ruling names an option that was not tied")?;
        check_cause(ruled.option.is_some(), ruled.cause)
    }
}

/// Checks that a reply has a cause of failure exactly if it could not be read.
fn check_cause(read: bool, cause: Option<FailureCause>) -> Check {
    let fits = match cause {
        None => read,
        Some(FailureCause::Empty) => false,
        Some(
            FailureCause::Deadline
            | FailureCause::ModelError
            | FailureCause::Invalid
            | FailureCause::Context
            | FailureCause::AllThought,
        ) => !read,
    };
    ensure(fits, "exactly the failures have a cause")
}
