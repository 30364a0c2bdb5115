use synod_domain::CallNo;
use thiserror::Error;

use crate::Status;

/// Why a command was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The debate is in no state for it.
    #[error("cannot {command} {} {status} debate; allowed: {}", status.article(), list(allowed))]
    NotAllowed {
        /// The command, as [`Command::verb`](crate::Command::verb) words it.
        command: &'static str,
        /// The state the debate is in.
        status: Status,
        /// The control commands that are allowed.
        allowed: &'static [&'static str],
    },
    /// The step is not the first that is due.
    #[error("the step is not due")]
    NotDue,
    /// The call is over, or never was.
    #[error("call {} is not open", .0.0)]
    StaleTurn(CallNo),
    /// An interjection that is empty or too long.
    #[error("an interjection has 1 to 4,000 characters")]
    InterjectionLength,
    /// A debate takes 32 interjections.
    #[error("a debate takes at most 32 interjections")]
    TooManyInterjections,
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") }
}
