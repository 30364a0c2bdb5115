use std::{collections::BTreeSet, mem, sync::Arc};

use synod_debate_protocol::Command;
use synod_domain::{CallNo, HostName, ParticipantProfile, PauseReason};

use super::{Driver, Halt, calls::Ended};
use crate::NoService;

/// The most characters of the recorded failure of hosts.
const LONGEST_DETAIL: usize = 400;

/// Calls that no host served, until their effect on the debate is known: either the debate pauses and
/// makes them again later, or each of them has failed.
#[derive(Default)]
pub(super) struct UnservedCalls {
    /// The calls, which are still open in the log.
    calls: Vec<Ended>,
    /// The seats whose last call no host served.
    seats: Vec<(Arc<ParticipantProfile>, NoService)>,
}

impl UnservedCalls {
    /// Adds a call that no host served.
    pub(super) fn add(&mut self, ended: Ended, why: NoService) {
        self.seats.retain(|(seat, _)| seat.agent_id != ended.profile.agent_id);
        self.seats.push((Arc::clone(&ended.profile), why));
        self.calls.push(ended);
    }

    /// Records that a call of this seat was served.
    pub(super) fn answers(&mut self, seat: &ParticipantProfile) {
        self.seats.retain(|(unserved, why)| !speaks_for(unserved, *why, seat));
    }

    /// Removes a call that has ended in the log.
    pub(super) fn remove(&mut self, call: CallNo) {
        self.calls.retain(|ended| ended.call != call);
    }

    fn serve(&self, seat: &ParticipantProfile) -> bool {
        !self.seats.iter().any(|(unserved, why)| speaks_for(unserved, *why, seat))
    }

    /// The command that pauses the debate for these calls.
    fn pause(&self) -> Command {
        let (mut hosts, mut details) = (BTreeSet::<HostName>::new(), Vec::new());
        let mut reason = PauseReason::HostsAway;
        for ended in &self.calls {
            let Some((failure, unserved)) = ended.unserved() else { continue };
            if unserved.why == NoService::Refuses {
                reason = PauseReason::HostsRefuse;
            }
            if unserved.hosts.is_empty() {
                hosts.insert(ended.profile.host.clone());
            }
            hosts.extend(unserved.hosts.iter().cloned());
            let detail = failure.meta.failure.as_deref();
            details.extend(detail.filter(|detail| !details.contains(detail)));
        }
        details.sort_unstable();
        let detail = details.join("; ");
        let detail: String = detail.chars().take(LONGEST_DETAIL).collect();
        Command::PauseForHosts {
            reason,
            hosts: hosts.into_iter().collect(),
            detail: (!detail.is_empty()).then(|| detail.into()),
        }
    }
}

/// Whether a call of `seat` would not be served either. A host that is away serves no model. One that is
/// not ready or refuses may do so for one model only. One that is busy or whose connection was lost may
/// serve the next call.
fn speaks_for(unserved: &ParticipantProfile, why: NoService, seat: &ParticipantProfile) -> bool {
    match why {
        NoService::Away => unserved.host == seat.host,
        NoService::NotReady | NoService::Refuses => {
            unserved.host == seat.host && unserved.model == seat.model
        }
        NoService::Busy | NoService::Lost => unserved.agent_id == seat.agent_id,
    }
}

impl Driver<'_> {
    /// Settles the calls that no host served, once no other call is open. The debate pauses if no
    /// participant is served, or if it would end without these participants: the calls are voided, and
    /// their steps begin again after a resume. Otherwise the calls have failed.
    pub(super) async fn settle_unserved(&mut self) -> Result<(), Halt> {
        if self.unserved.calls.is_empty() || !self.calls.is_idle() || self.stall.is_some() {
            return Ok(());
        }
        let calls: Vec<_> = self.unserved.calls.iter().map(|ended| ended.call).collect();
        let is_needed = || self.work.live.read(|debate| debate.ends_without(&calls));
        let serves_none = !self.seats.participants().any(|seat| self.unserved.serve(seat));
        if serves_none || is_needed() == Some(true) {
            let id = self.work.claim.id;
            tracing::warn!(debate.id = %id, "too few hosts serve its calls; the debate pauses");
            let pause = self.unserved.pause();
            return self.carry_out(pause).await;
        }
        let failed = mem::take(&mut self.unserved.calls).into_iter();
        let ends = failed.map(|ended| self.command_of(ended)).collect();
        self.record_ends(ends).await
    }
}
