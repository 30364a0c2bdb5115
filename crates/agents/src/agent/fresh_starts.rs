use std::time::Duration;

use synod_inference::ChatError;

use super::attempt::ReplyEnd;

/// How often a reply is begun afresh that broke off since the calls at a time did not fit the context
/// that they share. Each time fewer calls are made at a time: of eight, one after three.
const AFTER_FULL_CONTEXT: u8 = 3;

/// The pauses before a reply is begun afresh whose connection was lost, whose model stopped, or that
/// failed in a way that may pass. A server that is started anew may accept calls and break them off
/// for some seconds; while it accepts none, the gateway waits for it. A model that breaks off each reply costs its voice after these, and in the calls after that
/// one until a reply is whole again, after the first alone.
const AFTER_LOST_CONNECTION: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(6)];

/// The pauses before a reply is begun afresh whose host said in mid-reply that it has too much to do or
/// loads. One that says so before the first word is waited for by the gateway.
const AFTER_NOT_READY: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(6), Duration::from_secs(15)];

/// A host that asks in mid-reply to be left alone for longer is not asked again by the same call.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// The times that the reply to one call was begun afresh. Nothing of it is recorded before its end.
#[derive(Default)]
pub(super) struct FreshStarts {
    after_full_context: u8,
    after_lost_connection: usize,
    after_not_ready: usize,
    is_unsteady: bool,
}

impl FreshStarts {
    /// `is_unsteady`: the model broke off every reply to an earlier call.
    pub(super) fn of(is_unsteady: bool) -> Self {
        Self { is_unsteady, ..Self::default() }
    }

    /// The pause after which the reply that ended like this is begun afresh, if it is.
    pub(super) fn pause_after(&mut self, ending: &ReplyEnd) -> Option<Duration> {
        let ReplyEnd::Failed(error) = ending else { return None };
        if let ChatError::SharedContextFull { begun: true, .. } = error {
            let is_allowed = self.after_full_context < AFTER_FULL_CONTEXT;
            self.after_full_context += u8::from(is_allowed);
            return is_allowed.then_some(Duration::ZERO);
        }
        let cause = error.cause_in_mid_reply();
        if let Some(ChatError::Overloaded { .. } | ChatError::Loading { .. }) = cause {
            let pause = AFTER_NOT_READY.get(self.after_not_ready).copied()?;
            let pause = pause.max(cause.and_then(ChatError::retry_after).unwrap_or_default());
            self.after_not_ready += 1;
            tracing::info!(%error, ?pause, "the host was not ready in mid-reply; it is begun afresh");
            return (pause <= LONGEST_PAUSE).then_some(pause);
        }
        let failed = matches!(cause, Some(ChatError::Failed { .. }));
        if !failed && !error.is_lost_connection() {
            return None;
        }
        let pauses = if self.is_unsteady { 1 } else { AFTER_LOST_CONNECTION.len() };
        let pause = AFTER_LOST_CONNECTION[..pauses].get(self.after_lost_connection).copied()?;
        self.after_lost_connection += 1;
        tracing::info!(%error, ?pause, "the reply broke off; it is begun afresh");
        Some(pause)
    }
}
