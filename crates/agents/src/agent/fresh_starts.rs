use std::time::Duration;

use synod_inference::ChatError;

use super::reply_attempt::ReplyEnd;

/// The number of fresh starts of a reply that the host stopped because concurrent calls filled their
/// shared context. Each time the gateway halves the number of concurrent calls: three times bring eight
/// down to one.
const AFTER_FULL_CONTEXT: u8 = 3;

/// The pauses before fresh starts of a reply whose connection was lost, or that failed for a transient
/// reason. A restarting server may accept calls and drop them for some seconds; while it accepts none, the
/// gateway waits. After these pauses the call fails. If every reply to a call was lost, later calls to the
/// model have only the first pause, until a reply is complete again.
const AFTER_LOST_CONNECTION: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(6)];

/// The least pauses before fresh starts of a reply that the host ended because it is overloaded or loads a
/// model. If the host says so before the first output, the gateway waits instead.
const AFTER_NOT_READY: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(6), Duration::from_secs(15)];

/// If a host asks for longer pauses in mid-reply, the call fails, unless its away limit is known.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// Counts the fresh starts of the reply to one call. A reply is recorded only at its end.
#[derive(Default)]
pub(super) struct FreshStarts {
    after_full_context: u8,
    after_lost_connection: u8,
    after_not_ready: u8,
    /// The sum of the pauses that the host has asked for.
    requested: Duration,
    /// The maximum of that sum.
    away_limit: Duration,
    is_unsteady: bool,
}

impl FreshStarts {
    /// `is_unsteady`: every reply to the previous call of the model was lost; `away_limit`: the longest
    /// time that a call waits in all for a host that takes no calls.
    pub(super) fn of(is_unsteady: bool, away_limit: Option<Duration>) -> Self {
        let away_limit = away_limit.unwrap_or(LONGEST_PAUSE);
        Self { is_unsteady, away_limit, ..Self::default() }
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
        let requested = match cause {
            // The gateway waits for a load, for as long as loads may take.
            Some(ChatError::Loading { .. }) => Duration::ZERO,
            Some(_) | None => error.retry_after().unwrap_or_default(),
        };
        self.requested = self.requested.saturating_add(requested);
        if self.requested > self.away_limit {
            return None;
        }
        if let Some(ChatError::Overloaded { .. } | ChatError::Loading { .. }) = cause {
            let pause = AFTER_NOT_READY.get(usize::from(self.after_not_ready)).copied()?;
            let pause = pause.max(requested);
            self.after_not_ready += 1;
            tracing::info!(%error, ?pause, "the host was not ready in mid-reply; starting the reply afresh");
            return Some(pause);
        }
        let failed = matches!(cause, Some(ChatError::Failed { .. }));
        if !failed && !error.is_lost_connection() {
            return None;
        }
        let pauses = if self.is_unsteady { 1 } else { AFTER_LOST_CONNECTION.len() };
        let before = usize::from(self.after_lost_connection);
        let pause = AFTER_LOST_CONNECTION[..pauses].get(before).copied()?;
        let pause = pause.max(requested);
        self.after_lost_connection += 1;
        tracing::info!(%error, ?pause, "the reply was interrupted; starting it afresh");
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use synod_domain::HostName;

    use super::*;

    fn interrupted(retry_after: Option<Duration>) -> ReplyEnd {
        let host: HostName = "near".parse().expect("a host name");
        let (detail, source) = ("no".to_owned(), None);
        let cause = ChatError::Overloaded { host: host.clone(), detail, retry_after, source };
        let (detail, source) = ("no".to_owned(), Some(Arc::new(cause) as _));
        ReplyEnd::Failed(ChatError::Interrupted { host, detail, source })
    }

    #[test]
    fn requested_pauses_are_observed_up_to_the_away_limit() {
        let seconds = Duration::from_secs;
        let mut starts = FreshStarts::of(false, Some(seconds(30)));
        let pauses = [20, 8, 3].map(|asked| starts.pause_after(&interrupted(Some(seconds(asked)))));
        assert_eq!(pauses, [Some(seconds(20)), Some(seconds(8)), None]);
        let mut starts = FreshStarts::of(false, Some(seconds(600)));
        assert_eq!(starts.pause_after(&interrupted(Some(seconds(300)))), Some(seconds(300)));
        let mut starts = FreshStarts::of(false, Some(Duration::ZERO));
        assert_eq!(starts.pause_after(&interrupted(None)), Some(seconds(1)), "nothing was asked");
        assert_eq!(starts.pause_after(&interrupted(Some(seconds(2)))), None);
    }
}
