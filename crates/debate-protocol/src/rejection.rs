use synod_domain::CallNo;
use thiserror::Error;

use crate::Status;

/// Errors returned by [`Debate::decide`](crate::Debate::decide) for a refused command. The debate is
/// unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The status of the debate does not allow the command.
    #[error("cannot {command} {} {status} debate; allowed: {}", status.article(), list(allowed))]
    NotAllowed {
        /// The command, as [`Command::verb`](crate::Command::verb) words it.
        command: &'static str,
        /// The status of the debate.
        status: Status,
        /// The control commands that are allowed.
        allowed: &'static [&'static str],
    },
    /// The step is not the first due step.
    #[error("the step is not the first due step")]
    NotDue,
    /// The call has ended or was never begun.
    #[error("call {} is not open", .0.0)]
    CallNotOpen(CallNo),
    /// The interjection is empty or too long.
    #[error("an interjection must have 1 to 4,000 characters")]
    InterjectionLength,
    /// The debate already has 32 interjections.
    #[error("a debate accepts at most 32 interjections")]
    TooManyInterjections,
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") }
}
