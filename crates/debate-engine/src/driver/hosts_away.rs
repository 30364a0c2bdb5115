use std::{collections::BTreeSet, mem};

use synod_debate_protocol::Command;
use synod_domain::{CallNo, HostName, PausePolicy, PauseReason};

use super::{Driver, Halt, calls::Ended};

/// Calls that no host could take, until it is known whether the other hosts of the debate are away as
/// well: then it pauses, and else each such call costs its own voice.
#[derive(Default)]
pub(super) struct HostsAway {
    /// Open in the log, and worked on no more.
    calls: Vec<Ended>,
    /// The hosts of those whose last call no host could take.
    hosts: BTreeSet<HostName>,
}

impl HostsAway {
    /// No host could take this call.
    pub(super) fn add(&mut self, ended: Ended) {
        self.hosts.insert(ended.profile.host.clone());
        self.calls.push(ended);
    }

    /// A call to this host has ended otherwise.
    pub(super) fn answers(&mut self, host: &HostName) {
        self.hosts.remove(host);
    }

    /// A call is over, by whatever has ended it.
    pub(super) fn remove(&mut self, call: CallNo) {
        self.calls.retain(|ended| ended.call != call);
    }
}

impl Driver {
    /// Pauses a debate whose hosts are all away, once no call is worked on any more: its calls are
    /// voided, and their steps begin afresh after a resume. Where a host answers, those that found
    /// none have failed.
    pub(super) async fn settle_without_hosts(&mut self) -> Result<(), Halt> {
        if self.hosts_away.calls.is_empty() || !self.calls.is_idle() || self.stall.is_some() {
            return Ok(());
        }
        if self.seats.hosts().all(|host| self.hosts_away.hosts.contains(host)) {
            let id = self.work.claim.id;
            tracing::warn!(debate.id = %id, "no host takes its calls; the debate pauses");
            let (policy, reason) = (PausePolicy::Abort, PauseReason::HostsAway);
            return self.carry_out(Command::Pause { policy, reason }).await;
        }
        for ended in mem::take(&mut self.hosts_away.calls) {
            let command = self.command_of(ended);
            self.carry_out(command).await?;
        }
        Ok(())
    }
}
