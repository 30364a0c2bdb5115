//! The order of turns in rounds 1 and later: in passes, or one at a time.

use synod_domain::DebateMode;

use crate::{Addressee, Debate, Stage, step_state::StepState};

impl Debate {
    pub(crate) fn enter_discussion(&mut self) {
        self.stage = Stage::Discussion;
        match self.mode() {
            DebateMode::Structured => self.enter_pass(1),
            DebateMode::Freeform | DebateMode::Autonomous => self.give_floor(),
        }
    }

    /// The steps after a group of turns has ended: the next turns, or the ballots.
    pub(crate) fn go_on(&mut self, nobody_spoke: bool) {
        match self.mode() {
            _ if self.vote_called => self.enter_voting(),
            DebateMode::Structured if nobody_spoke || self.is_last_pass() => self.enter_voting(),
            DebateMode::Structured => self.enter_pass(self.pass + 1),
            DebateMode::Freeform | DebateMode::Autonomous => self.give_floor(),
        }
    }

    /// A pass: all participants speak at once, in the order (j + r) mod n.
    fn enter_pass(&mut self, pass: u8) {
        let n = self.participants();
        self.pass = pass;
        self.steps =
            (0..n).map(|j| StepState::participant((j + usize::from(self.round)) % n)).collect();
    }

    fn is_last_pass(&self) -> bool {
        self.pass >= self.setup.config.max_iterations_per_round
    }

    /// One turn, whose speaker the moderator or the scheduler chooses; the ballots if no candidate is
    /// left.
    fn give_floor(&mut self) {
        match self.scheduled() {
            None => self.enter_voting(),
            Some(_) if self.asks_moderator() => {
                self.steps = vec![StepState::new(Addressee::Moderator)];
            }
            Some(next) => self.steps = vec![StepState::participant(next)],
        }
    }

    pub(crate) fn mode(&self) -> DebateMode {
        self.setup.config.debate_mode
    }
}
