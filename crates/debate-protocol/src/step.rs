use synod_domain::{Purpose, TurnNo};

/// The work that is due in a debate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing until the next command or the end of an open call.
    Wait,
    /// These calls, in this order. [`Command::Begin`](crate::Command::Begin) takes the first.
    Begin(Vec<Step>),
    /// Nothing: the debate is closed.
    Done,
}

/// A step that is due: a call that has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The purpose of the call.
    pub purpose: Purpose,
    /// The addressee of the call.
    pub asked: Addressee,
    /// The round.
    pub round: u8,
    /// The pass, of arguments in structured debates; from 1.
    pub pass: Option<u8>,
    /// The turn that the step took when it first began.
    pub turn: Option<TurnNo>,
    /// Whether the turn is asked for evidence.
    pub evidence: bool,
    /// 1, plus one for each time the call was lost.
    pub attempt: u8,
    /// Whether the call asks again for a reply that could not be read.
    pub repair: bool,
}

/// The addressee of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Addressee {
    /// The participant with this index.
    Participant(usize),
    /// The neutral clerk or moderator: the moderator's model if one is set, else participant 0's.
    Moderator,
    /// The judge; `second` on its second ruling, in reverse order.
    Judge {
        /// The second ruling.
        second: bool,
    },
}
