use std::fmt;

use crate::Label;

/// A move of a moderator. It is written as `speak:B`, `ask_evidence:B` or `call_vote`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// Let a participant speak.
    Speak(Label),
    /// Let a participant speak, and ask it for evidence.
    AskEvidence(Label),
    /// End the discussion.
    CallVote,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Speak(label) => write!(f, "speak:{}", label.letter()),
            Self::AskEvidence(label) => write!(f, "ask_evidence:{}", label.letter()),
            Self::CallVote => f.write_str("call_vote"),
        }
    }
}
