use synod_domain::TurnNo;

use crate::{Debate, NextStep, Status, Step};

impl Debate {
    /// The work that is due, derived from the state alone: voided steps by their last call, then the rest
    /// in speaking order.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        match self.status {
            Status::Initialized | Status::Paused => NextStep::Wait,
            Status::Closed => NextStep::Done,
            Status::Running => {
                let due = self.due_steps();
                if due.is_empty() { NextStep::Wait } else { NextStep::Begin(due) }
            }
        }
    }

    /// The first due step, with the number of its turn.
    pub(crate) fn first_due(&self) -> Option<Step> {
        let first = self.steps.iter().filter(|state| state.due().is_some());
        first.min_by_key(|state| state.due()).map(|state| self.step_of(state))
    }

    fn due_steps(&self) -> Vec<Step> {
        let mut due: Vec<_> = self.steps.iter().filter(|state| state.due().is_some()).collect();
        due.sort_by_key(|state| state.due());
        due.into_iter().map(|state| self.step_of(state)).collect()
    }

    /// The number of the turn of a step that begins: its own, or the next free one.
    pub(crate) fn turn_for(&self, step: &Step) -> Option<TurnNo> {
        step.purpose.is_turn().then(|| step.turn.unwrap_or(TurnNo(self.turns_begun + 1)))
    }
}
