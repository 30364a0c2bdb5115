use serde::Serialize;
use synod_domain::{Interjected, MoveChosen, OptionsSet, TurnEnded};

/// An entry of a round, before its ballots.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TranscriptEntry"))]
pub struct Entry {
    /// The number of turns that had begun in the debate; for a turn, its own number. Entries are sorted by
    /// it, and a turn comes before other entries of the same number: speaking order, not arrival order.
    pub turns_begun: u32,
    /// The content of the entry.
    #[serde(flatten)]
    pub what: Happening,
}

/// The content of an entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Happening {
    /// A turn ended, with or without a statement.
    Turn(TurnEnded),
    /// A person interjected.
    Interjection(Interjected),
    /// A person called the vote.
    VoteCalled,
    /// The moderator chose a move.
    Move(MoveChosen),
    /// The options were listed, or options were added.
    Options(OptionsSet),
}

impl Entry {
    pub(crate) fn order(&self) -> (u32, bool) {
        (self.turns_begun, !matches!(self.what, Happening::Turn(_)))
    }
}
