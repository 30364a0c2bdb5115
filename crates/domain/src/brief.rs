use std::{sync::Arc, time::Duration};

use crate::{BallotForm, CallNo, DebateOption, Label, Move, Persona, Purpose, Scale, TurnNo};

/// The input of one call: a pure function of the log before it. Participants appear by label only:
/// a brief holds no name, agent id, model, ballot or tally.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// The call.
    pub call: CallNo,
    /// The purpose of the call.
    pub purpose: Purpose,
    /// The round, 0 for the blind opening.
    pub round: u8,
    /// The turn, of openings and arguments.
    pub turn: Option<TurnNo>,
    /// The question.
    pub topic: Arc<str>,
    /// Context given to all.
    pub problem_statement: Arc<str>,
    /// The visible statements, in the order in which they became visible. Except in blind calls, the
    /// transcript of an earlier brief is a prefix of a later one's.
    pub transcript: Arc<Vec<TranscriptEntry>>,
    /// The options so far, in id order; empty in the openings of an open question and for its clerk.
    pub options: Arc<[DebateOption]>,
    /// The number of options before round 0 was voted on; ballots proposed the others.
    pub first_options: usize,
    /// The smallest scale among the models of this debate, for which the shared instructions are
    /// worded.
    pub smallest: Scale,
    /// The persona of the participant; `None` if the call is neutral.
    pub persona: Option<Persona>,
    /// The personas of all participants, each once, in an order that does not say who has which.
    /// Empty unless all calls of the debate go to one model on one host: other hosts have no cached
    /// prefix to share, and a persona is not sent to the host of another participant.
    pub roles: Arc<[Persona]>,
    /// The participant's label; `None` for the clerk, moderator and judge.
    pub label: Option<Label>,
    /// The participant's last answer.
    pub own_answer: Option<OwnAnswer>,
    /// A peer's sentence to reply to.
    pub quote: Option<Quote>,
    /// The task.
    pub task: CallTask,
    /// The error of the reply that this call repairs.
    pub repair: Option<Repair>,
    /// Sampling seed.
    pub seed: Option<u32>,
    /// The most tokens of the reply.
    pub max_tokens: u32,
    /// The most tokens of a turn of this debate.
    pub max_tokens_per_turn: u32,
    /// The time limit of the call, without queueing and loading.
    pub time_limit: Duration,
}

/// One entry of the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptEntry {
    /// A participant's statement.
    Statement {
        /// The round, 0 for openings.
        round: u8,
        /// The speaker.
        label: Label,
        /// The turn.
        turn: TurnNo,
        /// The text.
        text: Arc<str>,
    },
    /// A person's message to all participants.
    Interjection {
        /// The round in which it was sent.
        round: u8,
        /// The text.
        text: Arc<str>,
    },
}

impl TranscriptEntry {
    /// The round of the entry.
    #[must_use]
    pub const fn round(&self) -> u8 {
        match self {
            Self::Statement { round, .. } | Self::Interjection { round, .. } => *round,
        }
    }
}

/// A participant's last answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnAnswer {
    /// The text of the option that the participant voted for.
    Vote(Arc<str>),
    /// The participant's opening, if it has not voted yet.
    Opening(Arc<str>),
}

/// The first sentence with content of a peer's latest statement, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The peer.
    pub label: Label,
    /// The turn of the statement.
    pub turn: TurnNo,
    /// The sentence; one that was cut ends with `…`.
    pub sentence: String,
}

/// The reason why a call is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The error of the previous reply.
    pub error: String,
}

/// The task of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallTask {
    /// State an answer, unseen by the others.
    Opening {
        /// The answers of a closed question.
        options: Option<Vec<DebateOption>>,
    },
    /// Make an argument.
    Argument {
        /// Bring evidence.
        evidence: bool,
    },
    /// As clerk: list the distinct answers of the openings.
    ListOptions,
    /// As moderator: choose one of the legal moves.
    ChooseMove {
        /// The legal moves.
        moves: Vec<Move>,
    },
    /// Fill a ballot.
    Vote(BallotForm),
    /// As judge: rule between tied options, in this order.
    Rule {
        /// The options still tied.
        options: Vec<DebateOption>,
    },
}
