//! Descriptions of events, the same in every format: plain, printable and on one line.

use synod_domain::{
    BallotRecorded, BallotResult, FailureCause, JudgeRuled, MoveChosen, MoveKind, MoveSource,
    OptionId, OptionsSet, OptionsSource, PauseReason, Paused, RoundClosed, Tally, Then, Truncated,
    TurnEnded, TurnNo, TurnResult, enumeration, norm,
};

use crate::{Transcript, printable::on_one_line};

/// The reason of a pause, such as `Paused: gpu refuses its calls (HTTP 402: no credit left)`.
#[must_use]
pub fn pause_in_words(paused: &Paused) -> String {
    let hosts: Vec<_> = paused.hosts.iter().map(ToString::to_string).collect();
    let (hosts, many) = (enumeration(&hosts), hosts.len() > 1);
    let why = match paused.reason {
        PauseReason::Command => return "Paused".to_owned(),
        PauseReason::Poison => "the same call was lost with its process three times".to_owned(),
        PauseReason::DiskFull => "the store has no room left".to_owned(),
        PauseReason::HostsAway if hosts.is_empty() => {
            "no host of its models could be reached".to_owned()
        }
        // The detail follows: hosts may have asked to wait, or have interrupted a reply.
        PauseReason::HostsAway if paused.detail.is_some() => format!("{hosts} served no calls"),
        PauseReason::HostsAway => {
            let be = if many { "were" } else { "was" };
            format!("{hosts} could not be reached or {be} not ready")
        }
        PauseReason::HostsRefuse if hosts.is_empty() => "hosts refuse its calls".to_owned(),
        PauseReason::HostsRefuse => {
            format!("{hosts} {} its calls", if many { "refuse" } else { "refuses" })
        }
        PauseReason::ModelChanged if paused.models.len() > 1 => "models have changed".to_owned(),
        PauseReason::ModelChanged => "a model has changed".to_owned(),
    };
    match &paused.detail {
        Some(detail) => format!("Paused: {why} ({})", on_one_line(detail)),
        None => format!("Paused: {why}"),
    }
}

impl Transcript {
    /// An option, such as `O1 Ban cars`.
    #[must_use]
    pub fn option_in_words(&self, id: OptionId) -> String {
        format!("{id} {}", on_one_line(&self.option_text(id)))
    }

    /// A ballot, such as `O1 Ban cars` or `abstained`.
    #[must_use]
    pub fn vote_in_words(&self, ballot: &BallotRecorded) -> String {
        match (ballot.option, &ballot.proposal) {
            (Some(id), _) => self.option_in_words(id),
            (None, Some(proposal)) => format!("abstained; proposes “{}”", on_one_line(proposal)),
            (None, None) => without_vote(ballot.result, ballot.cause).to_owned(),
        }
    }

    /// The number and the speaker of a statement, such as `statement 4 (Bo)`.
    #[must_use]
    pub fn statement_in_words(&self, turn: TurnNo) -> String {
        let speaker = self.turn(turn).map(|turn| self.names().get(&turn.agent_id));
        let speaker = speaker.map_or_else(String::new, |name| format!(" ({name})"));
        format!("statement {}{speaker}", turn.0)
    }

    /// The votes of a tally, such as `“Ban cars” 2, “Keep cars” 1`. Options without votes are omitted.
    #[must_use]
    pub fn count_in_words(&self, tally: &Tally) -> String {
        let voted = tally.votes.iter().filter(|votes| votes.count > 0);
        let counts: Vec<_> = voted
            .map(|votes| {
                let option = on_one_line(&self.option_text(votes.option));
                format!("“{option}” {}", votes.count)
            })
            .collect();
        if counts.is_empty() { "no votes".to_owned() } else { counts.join(", ") }
    }

    /// The count of a round, the changed votes, and the run-off or the ruling that follows a tie.
    pub(crate) fn round_in_words(&self, closed: &RoundClosed) -> String {
        let mut count = format!("Count: {}.", self.count_in_words(&closed.tally));
        let changed: Vec<_> = closed.tally.changed.iter().map(|id| self.names().get(id)).collect();
        if !changed.is_empty() {
            count += &format!(" Changed their minds: {}.", changed.join(", "));
        }
        if let Some(tie) = tie_in_words(closed.then) {
            count += &format!(" {tie}.");
        }
        count
    }

    /// The move of a moderator, such as `The moderator asks Bo for evidence`, or the move that the rules
    /// chose instead.
    #[must_use]
    pub fn move_in_words(&self, chosen: &MoveChosen) -> String {
        let whom = chosen.agent_id.as_ref().map(|id| self.names().get(id));
        let whom = whom.as_deref().unwrap_or("nobody");
        match (chosen.source, chosen.kind) {
            (MoveSource::Scheduler, _) => {
                format!("The moderator chose no legal move; by the rules {whom} is next")
            }
            (MoveSource::Moderator, MoveKind::Speak) => {
                format!("The moderator gives the floor to {whom}")
            }
            (MoveSource::Moderator, MoveKind::AskEvidence) => {
                format!("The moderator asks {whom} for evidence")
            }
            (MoveSource::Moderator, MoveKind::CallVote) => {
                "The moderator calls the vote".to_owned()
            }
        }
    }

    /// The ruling of a judge. The second ruling is about the options in reverse order.
    #[must_use]
    pub fn ruling_in_words(&self, ruling: &JudgeRuled) -> String {
        let second = self
            .rounds
            .iter()
            .any(|round| round.rulings.iter().skip(1).any(|other| other.call == ruling.call));
        let judge =
            if second { "With the options in reverse order, the judge" } else { "The judge" };
        match ruling.option {
            Some(id) => format!("{judge} rules for {}", self.option_in_words(id)),
            None => format!("{judge} names no option"),
        }
    }
}

/// The source and the ids of a list of options, such as `Options taken from the openings: O1, O2`.
#[must_use]
pub fn options_in_words(set: &OptionsSet) -> String {
    let ids: Vec<_> = set.options.iter().map(|option| option.id.to_string()).collect();
    let source = match set.source {
        OptionsSource::Clerk | OptionsSource::Fallback => "Options taken from the openings",
        OptionsSource::Ballots => "With proposals from ballots the options are",
    };
    format!("{source}: {}", if ids.is_empty() { "none".to_owned() } else { ids.join(", ") })
}

/// Why a turn has no statement, such as `has nothing to add`; `None` if it has one.
#[must_use]
pub fn silence_in_words(turn: &TurnEnded) -> Option<&'static str> {
    match turn.result {
        TurnResult::Spoke => None,
        TurnResult::Passed if norm(&turn.text) == "pass" => Some("has nothing to add"),
        TurnResult::Passed => Some("has nothing to add: repeats an earlier statement"),
        TurnResult::Forfeited => Some(match turn.cause {
            Some(FailureCause::Deadline) => "forfeits the turn: the clock ran out",
            Some(FailureCause::ModelError) => "forfeits the turn: the model failed",
            Some(FailureCause::Invalid) => "forfeits the turn: the reply could not be read",
            Some(FailureCause::Context) => {
                "forfeits the turn: the prompt does not fit the model's window"
            }
            Some(FailureCause::AllThought) => {
                "forfeits the turn: the model thought up to its limit and said nothing"
            }
            Some(FailureCause::Empty) | None => "forfeits the turn: the reply was empty",
        }),
    }
}

/// Why a statement is cut, such as `cut by the clock`; `None` if it is complete.
#[must_use]
pub const fn cut_in_words(turn: &TurnEnded) -> Option<&'static str> {
    match turn.truncated {
        None => None,
        Some(Truncated::Deadline) => Some("cut by the clock"),
        Some(Truncated::Length) => Some("cut at the token limit"),
    }
}

/// The step that follows a tie; `None` without a tie.
#[must_use]
pub const fn tie_in_words(then: Then) -> Option<&'static str> {
    match then {
        Then::Round | Then::Close => None,
        Then::RunOff => Some("The leaders are tied: a run-off follows"),
        Then::Judge => Some("The leaders are tied: the judge rules"),
    }
}

/// The heading of a round.
pub(crate) fn round_title(round: u8) -> String {
    match round {
        0 => "Round 0: blind opening".to_owned(),
        round => format!("Round {round}"),
    }
}

/// A ballot without a vote.
pub(crate) const fn without_vote(
    result: BallotResult,
    cause: Option<FailureCause>,
) -> &'static str {
    match (result, cause) {
        (BallotResult::Vote | BallotResult::Abstain, _) => "abstained",
        (BallotResult::None, Some(FailureCause::Deadline)) => "no ballot in time",
        (BallotResult::None, Some(FailureCause::ModelError)) => "no ballot: the model failed",
        (BallotResult::None, Some(FailureCause::Context)) => "no ballot: the prompt did not fit",
        (BallotResult::None, Some(FailureCause::AllThought)) => {
            "no ballot: the model thought up to its limit and said nothing"
        }
        (BallotResult::None, Some(FailureCause::Empty | FailureCause::Invalid) | None) => {
            "no readable ballot"
        }
    }
}

/// The cause of a failed call, as the end of a sentence.
pub(crate) const fn cause_in_words(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Deadline => "the clock ran out",
        FailureCause::ModelError => "the model failed",
        FailureCause::Empty => "the replies were empty",
        FailureCause::Invalid => "the replies could not be read",
        FailureCause::Context => "the prompt did not fit the model's window",
        FailureCause::AllThought => "the model thought up to its limit and said nothing",
    }
}
