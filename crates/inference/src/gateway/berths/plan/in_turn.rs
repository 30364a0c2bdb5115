//! Calls of all models of a host, in turn.

use std::num::NonZeroUsize;

use tokio::time::Instant;

use super::Plan;

impl Plan {
    /// The model was seen in memory.
    pub(in super::super) fn runs_on(&mut self, guest: usize, on_processor: bool) {
        let own = &mut self.guests[guest];
        if on_processor && !own.on_processor && self.calls_at_once.is_none() {
            tracing::info!("a model runs on the processor: calls of its host are made in turn");
        }
        own.on_processor = on_processor;
    }

    /// More calls use their models than the host serves at a time.
    pub(in super::super) fn is_overcrowded(&self, now: Instant) -> bool {
        self.most_calls(now).is_some_and(|most| self.calls_in_use() > most)
    }

    /// One more call may use its model, and it is the turn of this model: of all whose calls could be
    /// made now, that of the most urgent call, of equals the one that came first.
    pub(super) fn has_turn(&self, guest: usize, now: Instant) -> bool {
        let Some(most) = self.most_calls(now) else { return true };
        let may_be_used = |guest: &usize| {
            let own = &self.guests[*guest];
            own.rank(now).is_some() && self.has_berth(*guest, own.needs_load(now), now).is_ok()
        };
        let first = (0..self.guests.len())
            .filter(may_be_used)
            .max_by_key(|guest| self.guests[*guest].rank(now));
        self.calls_in_use() < most && first == Some(guest)
    }

    /// Calls that the host serves at a time: as it says, or one while a model in memory runs on the
    /// processor, whose threads calls would take from each other. `None`: any number.
    fn most_calls(&self, now: Instant) -> Option<usize> {
        let on_processor = || {
            let mut guests = self.guests.iter();
            guests.any(|guest| guest.on_processor && guest.is_believed(now)).then_some(1)
        };
        self.calls_at_once.map(NonZeroUsize::get).or_else(on_processor)
    }

    fn calls_in_use(&self) -> usize {
        self.guests.iter().map(|guest| guest.in_use).sum()
    }
}
