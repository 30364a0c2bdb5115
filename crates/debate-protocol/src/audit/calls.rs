use synod_domain::{CallNo, CallStarted, CallVoided, Purpose, VoidCause};

use super::{Check, ensure};
use crate::{Debate, Status, Step, statement::is_clean};

impl Debate {
    pub(super) fn check_begin(&self, started: &CallStarted) -> Check {
        ensure(self.status == Status::Running, "calls begin only while the debate runs")?;
        let due = self.first_due().ok_or("no step is due")?;
        let begun = Step { turn: self.turn_for(&due), ..due };
        let call = CallNo(self.calls_begun + 1);
        ensure(*started == self.call_started(call, &begun), "another step is due first")?;
        ensure(!self.budget_spent(), "the budget is spent")?;
        ensure(
            self.calls_begun - self.calls_repeated < self.setup.limits.most_calls,
            "there are more calls than the limits allow",
        )
    }

    pub(super) fn check_voided(&self, voided: &CallVoided) -> Check {
        let state = self.state_of_call(voided.call).ok_or("the call is not open")?;
        let invalid = voided.cause == VoidCause::Invalid;
        ensure(is_clean(&voided.text), "no reply leaves such a text")?;
        ensure(
            voided.detail.is_some() == invalid && voided.meta.is_some() == invalid,
            "only an invalid reply has a detail and a cost",
        )?;
        if invalid {
            let purpose = self.purpose_of(state);
            let readable = !purpose.is_turn() && purpose != Purpose::Judge;
            return ensure(
                state.repair.is_none() && readable,
                "a reply is repaired once, and statements and rulings never are",
            );
        }
        let first = self.open_calls().next().map(|open| open.call);
        let is_withdrawn = voided.cause == VoidCause::Aborted && self.status == Status::Paused;
        ensure(is_withdrawn || first == Some(voided.call), "calls are voided in their order")?;
        // While it runs, a debate loses calls only when it is recovered.
        let lost = voided.cause == VoidCause::Lost;
        ensure(!lost || self.status == Status::Paused, "the debate was not taken over")
    }
}
