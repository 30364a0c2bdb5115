//! From a command to the batch to append: sync, and the same for clients and drivers.

use synod_debate_protocol::{Command, Debate, Partials};
use synod_domain::{FailureCause, PausePolicy, Timestamp};
use synod_event_log::{Batch, LogError};

use crate::EngineError;

/// The events that a command yields, as the batch that follows what `debate` has seen. `None`: it
/// is accepted and nothing is to be recorded.
///
/// A reply too large to be stored is a failed call, and what open calls had brought is left out
/// where the log has no room for it.
pub(crate) fn decide(
    debate: &Debate,
    command: &Command,
    at: Timestamp,
    partials: &Partials,
) -> Result<Option<Batch>, EngineError> {
    match batch_of(debate, command.clone(), at, partials) {
        Err(EngineError::Log(LogError::TooLarge { .. })) => {
            batch_of(debate, without_text(command), at, &Partials::new())
        }
        decided => decided,
    }
}

fn batch_of(
    debate: &Debate,
    command: Command,
    at: Timestamp,
    partials: &Partials,
) -> Result<Option<Batch>, EngineError> {
    let events = debate.decide_with(command, at, partials)?;
    if events.is_empty() {
        return Ok(None);
    }
    Ok(Some(Batch::new(debate.id(), debate.seq(), at, events)?))
}

fn without_text(command: &Command) -> Command {
    match command {
        Command::Finished { call, meta, .. }
        | Command::TimedOut { call, meta, .. }
        | Command::Failed { call, meta, .. }
        | Command::Invalid { call, meta, .. } => Command::Failed {
            call: *call,
            cause: FailureCause::ModelError,
            text: String::new(),
            meta: meta.clone(),
        },
        Command::Start
        | Command::Pause { .. }
        | Command::Resume
        | Command::Stop { .. }
        | Command::Interject { .. }
        | Command::CallVote
        | Command::Begin(_)
        | Command::Recover
        | Command::Release
        | Command::DeadlinePassed
        | Command::Fault { .. } => command.clone(),
    }
}

/// Whether a command may void open calls, whose partial text is then kept.
pub(crate) fn may_void(debate: &Debate, command: &Command) -> bool {
    match command {
        Command::Pause { policy, .. } => *policy == PausePolicy::Abort,
        Command::Stop { .. }
        | Command::Release
        | Command::DeadlinePassed
        | Command::Fault { .. } => true,
        Command::Begin(_) => debate.setup().config.debate_rules.max_total_tokens.is_some(),
        Command::Start
        | Command::Resume
        | Command::Interject { .. }
        | Command::CallVote
        | Command::Finished { .. }
        | Command::TimedOut { .. }
        | Command::Failed { .. }
        | Command::Invalid { .. }
        | Command::Recover => false,
    }
}
