//! Which failures lie with the hosts, so that the same call may be made again later.

use synod_debate_engine::{NoService, Unserved};
use synod_domain::HostName;
use synod_inference::ChatError;

/// Why no host served a call, if nothing was wrong with the call.
pub(super) fn unserved(error: &ChatError) -> Option<Unserved> {
    match error {
        ChatError::NoHostReady { failures, .. } => sum(failures.iter().filter_map(at_one_host)),
        // One host that failed in another way may fail so again.
        ChatError::Everywhere { failures } => {
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
        | ChatError::SharedContextFull { .. }
        | ChatError::Failed { .. }
        | ChatError::NoReply { .. }
        | ChatError::AllThought { .. }
        | ChatError::BrokeOff { .. } => sum(at_one_host(error)),
    }
}

fn at_one_host(error: &ChatError) -> Option<(&HostName, NoService)> {
    match error {
        ChatError::Unreachable { host, .. } | ChatError::Loading { host, .. } => {
            Some((host, NoService::Away))
        }
        ChatError::Overloaded { host, .. } => Some((host, NoService::Busy)),
        ChatError::Refused { host, .. } => {
            error.access_refusal().map(|_| (host, NoService::Refuses))
        }
        ChatError::Deadline { .. }
        | ChatError::ContextOverflow { .. }
        | ChatError::Busy { .. }
        | ChatError::ModelNotFound { .. }
        | ChatError::Failed { .. }
        | ChatError::SharedContextFull { .. }
        | ChatError::NoHostReady { .. }
        | ChatError::NoReply { .. }
        | ChatError::Everywhere { .. }
        | ChatError::AllThought { .. }
        | ChatError::BrokeOff { .. } => None,
    }
}

/// A refusal needs a person, and counts before the rest; a host that is away serves no call at all,
/// and counts before one that is busy.
fn sum<'a>(hosts: impl IntoIterator<Item = (&'a HostName, NoService)>) -> Option<Unserved> {
    let (names, whys): (Vec<_>, Vec<_>) =
        hosts.into_iter().map(|(host, why)| (host.clone(), why)).unzip();
    let order = [NoService::Refuses, NoService::Away, NoService::Busy];
    let why = order.into_iter().find(|why| whys.contains(why))?;
    Some(Unserved { why, hosts: names })
}
