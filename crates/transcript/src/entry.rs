use serde::Serialize;
use synod_domain::{Interjected, MoveChosen, OptionsSet, TurnEnded};

/// Something that happened in a round before its ballots.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TranscriptEntry"))]
pub struct Entry {
    /// Turns begun in the debate when it happened; of a turn its own number. Entries are in this
    /// order, the turn before what happened after it began: speaking order, not arrival order.
    pub turns_begun: u32,
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
}

/// What can happen in a round before its ballots.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Happening {
    /// A turn ended, with a statement or without.
    Turn(TurnEnded),
    /// A person spoke.
    Interjection(Interjected),
    /// A person called the vote.
    VoteCalled,
    /// The moderator chose a move.
    Move(MoveChosen),
    /// The options were listed, or some added.
    Options(OptionsSet),
}

impl Entry {
    pub(crate) fn order(&self) -> (u32, bool) {
        (self.turns_begun, !matches!(self.what, Happening::Turn(_)))
    }
}
