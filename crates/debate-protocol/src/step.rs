use synod_domain::{Purpose, TurnNo};

/// What the driver owes a debate now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing until something happens.
    Wait,
    /// These calls, in this order. [`Command::Begin`](crate::Command::Begin) takes the first.
    Begin(Vec<Step>),
    /// Nothing ever.
    Done,
}

/// What a call is for, before it is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose model is asked.
    pub asked: Addressee,
    /// The round.
    pub round: u8,
    /// The pass, of arguments in structured debates; from 1.
    pub pass: Option<u8>,
    /// The turn it took when it was first begun.
    pub turn: Option<TurnNo>,
    /// The turn is to bring evidence.
    pub evidence: bool,
    /// 1, and one more for each time it was lost.
    pub attempt: u8,
    /// It repairs a reply that could not be read.
    pub repair: bool,
}

/// Whose model a call asks.
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
