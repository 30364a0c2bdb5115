//! What a host holds, as looks at it show.

use std::num::NonZeroUsize;

use tokio::time::Instant;

use super::{Plan, Sight};

/// How many models a host holds at once.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    Told(NonZeroUsize),
    /// `None`: no model was pushed out yet.
    Learnt(Option<NonZeroUsize>),
}

/// What a look at the host has shown beside what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Finding {
    AsExpected,
    /// It holds more, or fewer, than it seemed to.
    Surprise {
        pushed_out: bool,
    },
}

impl Plan {
    /// The host was asked about a model that a call is about to use.
    pub(in super::super) fn found(
        &mut self,
        guest: usize,
        sight: Option<Sight>,
        loads: u64,
        now: Instant,
    ) -> Finding {
        let berths = self.berths();
        let own = &mut self.guests[guest];
        let is_new = std::mem::take(&mut own.is_new);
        let Some(sight) = sight else { return self.missed(guest, is_new, loads, now) };
        (own.seen, own.aboard) = (Some(sight), true);
        self.in_order.found(guest, berths);
        let learns = matches!(self.limit, Limit::Learnt(Some(_)));
        if is_new && learns { Finding::Surprise { pushed_out: false } } else { Finding::AsExpected }
    }

    fn missed(&mut self, guest: usize, is_new: bool, loads: u64, now: Instant) -> Finding {
        let own = &mut self.guests[guest];
        let was_aboard = own.aboard && !is_new && own.is_believed(now);
        let seen = own.seen.take();
        own.aboard = false;
        if !was_aboard {
            return Finding::AsExpected;
        }
        self.in_order.lost(guest);
        if seen.is_some_and(|sight| sight.loads == loads) {
            return Finding::AsExpected;
        }
        match self.limit {
            Limit::Told(_) => Finding::AsExpected,
            Limit::Learnt(_) => Finding::Surprise { pushed_out: true },
        }
    }

    /// The host was asked about a model that is not about to be used; whether it was pushed out.
    pub(in super::super) fn sighted(
        &mut self,
        guest: usize,
        resident: bool,
        loads: u64,
        now: Instant,
    ) -> bool {
        let own = &mut self.guests[guest];
        if !resident {
            let is_new = own.is_new;
            return self.missed(guest, is_new, loads, now) != Finding::AsExpected;
        }
        if let Some(sight) = &mut own.seen {
            (sight.loads, own.aboard) = (loads, true);
        }
        false
    }

    /// The models of which it is worth to ask whether they are in memory, but for this one.
    pub(in super::super) fn believed(&self, but: usize, now: Instant) -> Vec<usize> {
        let asked = |guest: &usize| {
            let own = &self.guests[*guest];
            *guest != but && own.is_believed(now) && own.loading == 0
        };
        (0..self.guests.len()).filter(asked).collect()
    }

    /// Whether what the host holds is to be learnt from it.
    pub(in super::super) const fn learns(&self) -> bool {
        matches!(self.limit, Limit::Learnt(_))
    }

    /// All models that may be in memory were asked about: so many are. Where one of them was pushed
    /// out the host holds no more, and in any case no fewer.
    pub(in super::super) fn learn(&mut self, pushed_out: bool, now: Instant) {
        let Limit::Learnt(before) = self.limit else { return };
        let in_memory = self.guests.iter().filter(|guest| guest.is_believed(now)).count();
        let Some(in_memory) = NonZeroUsize::new(in_memory) else { return };
        let is_other = match before {
            None => pushed_out,
            Some(before) => in_memory > before || (pushed_out && in_memory < before),
        };
        if is_other {
            tracing::info!(models = in_memory, "what the host holds at once was learnt");
            self.limit = Limit::Learnt(Some(in_memory));
            self.in_order.count_from(self.made + self.avoided);
            for guest in &mut self.guests {
                guest.turn = now;
            }
        }
    }
}
