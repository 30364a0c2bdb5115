//! Who has the floor in rounds 1 and later. Structured debates are held in passes; the formats in
//! which one speaks at a time have their place here.

use crate::{Debate, Stage, slot::Slot};

impl Debate {
    pub(crate) fn enter_discussion(&mut self) {
        self.stage = Stage::Discussion;
        self.enter_pass(1);
    }

    /// A pass: all speak at once, in the order (j + r) mod n.
    pub(crate) fn enter_pass(&mut self, pass: u8) {
        let n = self.participants();
        self.pass = pass;
        self.slots = (0..n).map(|j| Slot::participant((j + usize::from(self.round)) % n)).collect();
    }

    pub(crate) fn is_last_pass(&self) -> bool {
        self.pass >= self.setup.config.max_iterations_per_round
    }
}
