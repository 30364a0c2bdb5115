use crate::EngineError;

/// The reason why a driver ended.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The debate has a verdict.
    Closed,
    /// The hub closes, and other processes may claim the debate.
    Released,
    /// Another process has claimed it.
    Fenced,
    /// The debate is deleted or cannot be read.
    Failed(EngineError),
}
