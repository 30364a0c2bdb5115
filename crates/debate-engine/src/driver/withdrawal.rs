//! Calls that wait for their hosts while the debate is paused.

use synod_debate_protocol::{Command, Status};

use super::{Driver, Halt};

impl Driver<'_> {
    /// Whether calls that wait for their hosts are to be voided.
    pub(super) fn may_withdraw(&self) -> bool {
        let status = self.work.live.read(|debate| debate.status());
        status == Some(Status::Paused) && self.stall.is_none()
    }

    /// Voids the calls whose request no host has: a paused debate begins no call, and they are made again
    /// after a resume. Among them may be calls that wait for another attempt, because their host failed.
    pub(super) async fn withdraw_waiting_calls(&mut self) -> Result<(), Halt> {
        if !self.may_withdraw() {
            return Ok(());
        }
        let calls = self.work.live.waiting_calls();
        if calls.is_empty() { Ok(()) } else { self.carry_out(Command::Withdraw { calls }).await }
    }
}
