use std::sync::Arc;

use super::{Gate, Place};

/// A place in service. Dropping it charges the flow with what was spent, and hands the place to the
/// next waiter.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    /// Counts all permits.
    call: u64,
    /// `None`: handed back.
    place: Option<Place>,
    /// Tokens; `None`: nobody has taken the permit yet.
    spent: Option<u64>,
    /// The host works on its call.
    works: bool,
}

impl Permit {
    pub(super) const fn new(gate: Arc<Gate>, call: u64, place: Place) -> Self {
        Self { gate, call, place: Some(place), spent: None, works: false }
    }

    /// Its call is there to use it.
    pub(super) fn taken(mut self) -> Self {
        self.spent = Some(0);
        self
    }

    /// The host works on the call, which has cost so many tokens so far.
    pub(crate) fn spent(&mut self, tokens: u64) {
        self.spent = Some(tokens);
        if !std::mem::replace(&mut self.works, true) {
            self.gate.works_on(self.call);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.gate.release(self.call, place, self.spent);
        }
    }
}
