use std::time::Duration;

use synod_inference::ChatError;

use super::attempt::ReplyEnd;

/// The number of fresh starts of a reply that the host stopped because concurrent calls filled their
/// shared context. Each time the gateway halves the number of concurrent calls: three times bring eight
/// down to one.
const AFTER_FULL_CONTEXT: u8 = 3;

/// The pauses before fresh starts of a reply whose connection was lost, or that failed for a transient
/// reason. A restarting server may accept calls and drop them for some seconds; while it accepts none, the
/// gateway waits. After these pauses the call fails. If every reply to a call was lost, later calls to the
/// model have only the first pause, until a reply is complete again.
const AFTER_LOST_CONNECTION: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(6)];

/// The pauses before fresh starts of a reply that the host ended because it is overloaded or loads a
/// model. If the host says so before the first output, the gateway waits instead.
const AFTER_NOT_READY: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(6), Duration::from_secs(15)];

/// If a host asks for a longer pause in mid-reply, the call fails.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// Counts the fresh starts of the reply to one call. A reply is recorded only at its end.
#[derive(Default)]
pub(super) struct FreshStarts {
    after_full_context: u8,
    after_lost_connection: usize,
    after_not_ready: usize,
    is_unsteady: bool,
}

impl FreshStarts {
    /// `is_unsteady`: every reply to the previous call of the model was lost.
    pub(super) fn of(is_unsteady: bool) -> Self {
        Self { is_unsteady, ..Self::default() }
    }

    /// Returns the pause before the next fresh start, or `None` if the result is final.
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
            tracing::info!(%error, ?pause, "the host was not ready in mid-reply; starting the reply afresh");
            return (pause <= LONGEST_PAUSE).then_some(pause);
        }
        let failed = matches!(cause, Some(ChatError::Failed { .. }));
        if !failed && !error.is_lost_connection() {
            return None;
        }
        let pauses = if self.is_unsteady { 1 } else { AFTER_LOST_CONNECTION.len() };
        let pause = AFTER_LOST_CONNECTION[..pauses].get(self.after_lost_connection).copied()?;
        self.after_lost_connection += 1;
        tracing::info!(%error, ?pause, "the reply was interrupted; starting it afresh");
        Some(pause)
    }
}
