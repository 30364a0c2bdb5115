use std::{sync::Arc, time::Duration};

use crate::{BallotForm, CallNo, DebateOption, Label, Move, Persona, Purpose, Scale, TurnNo};

/// What one call is given: a pure function of the log before it. It holds labels only; no name, no
/// agent id, no model, nobody's ballot, no tally.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// The call.
    pub call: CallNo,
    /// What it is for.
    pub purpose: Purpose,
    /// The round, 0 for the blind opening.
    pub round: u8,
    /// The turn, of openings and arguments.
    pub turn: Option<TurnNo>,
    /// The question.
    pub topic: Arc<str>,
    /// Context given to all.
    pub problem_statement: Arc<str>,
    /// What has become visible, in that order. Two briefs of one debate agree on it as far as the
    /// shorter one goes, blind calls aside. Shared by those that are the same.
    pub transcript: Arc<Vec<TranscriptEntry>>,
    /// The options so far, in id order: none for those who open an open question, and for its clerk.
    pub options: Vec<DebateOption>,
    /// How many of them were there before anybody had heard the others; ballots added the rest.
    pub first_options: usize,
    /// The smallest scale among those who are asked in this debate: the conduct that all calls
    /// share is worded for it.
    pub smallest: Scale,
    /// How the one asked is told to be; `None`: neutral.
    pub persona: Option<Persona>,
    /// The personas of all participants, each once, in an order that does not say who has which.
    /// Empty unless all who are asked in this debate share one model on one host: the others would
    /// not find them read, and a persona is not sent to a host of others.
    pub roles: Arc<[Persona]>,
    /// The label of the one asked, of participants.
    pub label: Option<Label>,
    /// Its own last answer.
    pub own_answer: Option<OwnAnswer>,
    /// A peer's sentence to reply to.
    pub quote: Option<Quote>,
    /// What is to be done.
    pub task: CallTask,
    /// What was wrong with the reply that this call repairs.
    pub repair: Option<Repair>,
    /// Sampling seed.
    pub seed: Option<u32>,
    /// Most tokens of the reply.
    pub max_tokens: u32,
    /// Most tokens of a turn of this debate.
    pub max_tokens_per_turn: u32,
    /// The clock of the call.
    pub time_limit: Duration,
}

/// One entry of the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptEntry {
    /// What a participant said.
    Statement {
        /// The round, 0 for openings.
        round: u8,
        /// The speaker.
        label: Label,
        /// The turn.
        turn: TurnNo,
        /// What was said.
        text: Arc<str>,
    },
    /// What a person said to all.
    Interjection {
        /// The round it fell in.
        round: u8,
        /// What was said.
        text: Arc<str>,
    },
}

impl TranscriptEntry {
    /// The round it belongs to.
    #[must_use]
    pub const fn round(&self) -> u8 {
        match self {
            Self::Statement { round, .. } | Self::Interjection { round, .. } => *round,
        }
    }
}

/// What a participant answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnAnswer {
    /// The text of the option it voted for.
    Vote(Arc<str>),
    /// Its opening, if it has not voted yet.
    Opening(Arc<str>),
}

/// The first sentence of a peer's latest statement that says something, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The peer.
    pub label: Label,
    /// The turn it was said in.
    pub turn: TurnNo,
    /// The sentence; one that was cut ends with `…`.
    pub sentence: String,
}

/// Why a call is made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// What the validator said of the reply before.
    pub error: String,
}

/// What is to be done.
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
