//! Finds failures caused by hosts alone, after which the same call may be made again later.

use std::time::Duration;

use synod_debate_engine::{NoService, Unserved};
use synod_domain::HostName;
use synod_inference::{ChatError, CrashEvidence, CrashSuspect};

use super::fresh_starts::LONGEST_PAUSE;

/// Returns why no host served a call, if the call itself is not the cause.
pub(super) fn unserved(error: &ChatError) -> Option<Unserved> {
    match error {
        ChatError::NoHostReady { waited, failures } => {
            sum(failures.iter().filter_map(|failure| at_one_host(failure, *waited)))
        }
        // If one of the hosts failed for another reason, a later call may fail in the same way.
        ChatError::AllHostsFailed { failures } => {
            let at_one_host = |failure| at_one_host(failure, Duration::MAX);
            sum(failures.iter().map(at_one_host).collect::<Option<Vec<_>>>()?)
        }
        ChatError::Deadline { .. }
        | ChatError::ContextOverflow { .. }
        | ChatError::Busy { .. }
        | ChatError::ModelNotFound { .. }
        | ChatError::Unreachable { .. }
        | ChatError::Refused { .. }
        | ChatError::Overloaded { .. }
        | ChatError::Loading { .. }
        | ChatError::Crashed { .. }
        | ChatError::Filtered { .. }
        | ChatError::Declined { .. }
        | ChatError::OutputLimit { .. }
        | ChatError::SharedContextFull { .. }
        | ChatError::Failed { .. }
        | ChatError::NoReply { .. }
        | ChatError::AllThought { .. }
        | ChatError::Interrupted { .. } => sum(at_one_host(error, Duration::MAX)),
    }
}

/// A host that asks for a longer pause than the call has `waited` counts as away.
fn at_one_host(error: &ChatError, waited: Duration) -> Option<(&HostName, NoService)> {
    match error {
        ChatError::Unreachable { host, .. } => Some((host, NoService::Away)),
        ChatError::Loading { host, .. } => Some((host, NoService::NotReady)),
        ChatError::Overloaded { host, retry_after, .. } => {
            let asks_for_longer = retry_after.is_some_and(|asked| asked > waited);
            let why = if asks_for_longer { NoService::Away } else { NoService::Busy };
            Some((host, why))
        }
        ChatError::Refused { host, .. } => {
            error.access_refusal().map(|_| (host, NoService::Refuses))
        }
        // The model has replied before: what runs it may be reached again later.
        ChatError::Crashed {
            host,
            evidence: CrashEvidence::OnlyCallsFail,
            suspect: CrashSuspect::Unknown,
            ..
        } => Some((host, NoService::NotReady)),
        // A host that says all the time that the process of a model has stopped is there, and does not start
        // it again.
        ChatError::Crashed { .. } => None,
        ChatError::Interrupted { host, .. } => match error.cause_in_mid_reply() {
            Some(cause @ ChatError::Crashed { .. }) => at_one_host(cause, waited),
            _ if error.is_lost_connection() => Some((host, NoService::Lost)),
            cause => at_one_host(cause?, LONGEST_PAUSE),
        },
        ChatError::Deadline { .. }
        | ChatError::ContextOverflow { .. }
        | ChatError::Busy { .. }
        | ChatError::ModelNotFound { .. }
        | ChatError::Failed { .. }
        | ChatError::Filtered { .. }
        | ChatError::Declined { .. }
        | ChatError::OutputLimit { .. }
        | ChatError::SharedContextFull { .. }
        | ChatError::NoHostReady { .. }
        | ChatError::NoReply { .. }
        | ChatError::AllHostsFailed { .. }
        | ChatError::AllThought { .. } => None,
    }
}

/// Combines the reasons of several hosts. A refusal comes first because a person has to act; the others are
/// ordered by the number of calls they affect.
fn sum<'a>(hosts: impl IntoIterator<Item = (&'a HostName, NoService)>) -> Option<Unserved> {
    let (names, whys): (Vec<_>, Vec<_>) =
        hosts.into_iter().map(|(host, why)| (host.clone(), why)).unzip();
    let order = [
        NoService::Refuses,
        NoService::Away,
        NoService::NotReady,
        NoService::Busy,
        NoService::Lost,
    ];
    let why = order.into_iter().find(|why| whys.contains(why))?;
    Some(Unserved { why, hosts: names })
}
