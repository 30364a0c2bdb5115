//! Turns a command into the batch to append, for clients and drivers alike.

use synod_debate_protocol::{CallEnd, Command, Debate, Partials};
use synod_domain::{FailureCause, PausePolicy, Timestamp};
use synod_event_log::{Batch, LogError};

use crate::EngineError;

/// The events that a command yields, as the batch after the last event of `debate`. `None`: the
/// command is accepted without an event.
///
/// A reply that is too large for the log is a failed call, and the text of open calls is left out if
/// it is too large.
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
        Command::Ended { call, meta, .. } => Command::Ended {
            call: *call,
            how: CallEnd::Failed(FailureCause::ModelError),
            text: String::new(),
            meta: meta.clone(),
        },
        Command::Start
        | Command::Pause { .. }
        | Command::PauseForHosts { .. }
        | Command::PauseForModels { .. }
        | Command::Resume
        | Command::ResumeWithModels { .. }
        | Command::Stop { .. }
        | Command::Interject { .. }
        | Command::CallVote
        | Command::Begin(_)
        | Command::Withdraw { .. }
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
        Command::PauseForHosts { .. }
        | Command::Stop { .. }
        | Command::Withdraw { .. }
        | Command::Recover
        | Command::Release
        | Command::DeadlinePassed
        | Command::Fault { .. } => true,
        Command::Begin(_) => debate.setup().config.debate_rules.max_total_tokens.is_some(),
        Command::Start
        | Command::PauseForModels { .. }
        | Command::Resume
        | Command::ResumeWithModels { .. }
        | Command::Interject { .. }
        | Command::CallVote
        | Command::Ended { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use synod_domain::{CallMeta, CallNo, Event, ModelName, Recorded, VoidCause};

    use super::*;
    use crate::test_util::{closed_question, setup};

    const AT: Timestamp = Timestamp::from_unix_ms(0);

    /// A debate of sixteen whose openings are all being asked for.
    fn opening() -> Debate {
        let agents = (0..16).map(|i| format!("agent{i}")).collect::<Vec<_>>();
        let agents = agents.iter().map(String::as_str).collect::<Vec<_>>();
        let setup = setup(closed_question(&agents, &["Yes", "No"]));
        let event = Event::DebateInitialized(Arc::new(setup));
        let debate_id = "01939b3e-0000-7000-8000-000000000000".parse().unwrap();
        let first = Recorded::new(debate_id, 1, AT, event);
        let mut debate = Debate::open(&first).unwrap();
        carry_out(&mut debate, &Command::Start);
        while let synod_debate_protocol::NextStep::Begin(steps) = debate.next_step() {
            carry_out(&mut debate, &Command::Begin(steps[0]));
        }
        debate
    }

    fn carry_out(debate: &mut Debate, command: &Command) {
        let batch = decide(debate, command, AT, &Partials::new()).unwrap().unwrap();
        batch.events().iter().for_each(|(_, recorded)| debate.apply(recorded));
    }

    fn partials(text: &str) -> Partials {
        (1..=16).map(|call| (CallNo(call), Arc::from(text))).collect()
    }

    fn voided(batch: &Batch) -> Vec<usize> {
        let voided = batch.events().iter().filter_map(|(_, recorded)| {
            let Event::CallVoided(voided) = &recorded.event else { return None };
            assert_eq!(voided.cause, VoidCause::Closed);
            Some(voided.text.len())
        });
        voided.collect()
    }

    #[test]
    fn partial_texts_are_kept_if_the_batch_holds_them() {
        let (debate, stop) = (opening(), Command::Stop { reason: None });
        let kept = decide(&debate, &stop, AT, &partials("so far")).unwrap().unwrap();
        assert_eq!(voided(&kept), [6; 16]);
        let too_much = partials(&"é".repeat(30_000));
        let left_out = decide(&debate, &stop, AT, &too_much).unwrap().unwrap();
        assert_eq!(voided(&left_out), [0; 16]);
    }

    #[test]
    fn repeated_commands_yield_no_batch() {
        assert!(decide(&opening(), &Command::Start, AT, &Partials::new()).unwrap().is_none());
    }

    #[test]
    fn a_reply_without_its_text_is_a_failure() {
        let meta = CallMeta::of(ModelName::new("m").unwrap());
        let (call, text) = (CallNo(3), "x".repeat(9));
        let how = CallEnd::Failed(FailureCause::Deadline);
        let late = Command::Ended { call, how, text, meta: meta.clone() };
        let how = CallEnd::Failed(FailureCause::ModelError);
        let failed = Command::Ended { call, how, text: String::new(), meta };
        assert_eq!(without_text(&late), failed);
        assert_eq!(without_text(&Command::Resume), Command::Resume);
    }
}
