//! Who may board, and who leaves for it.

use tokio::time::Instant;

use super::{LINGER, LOADS_PER_TURN, Plan, SHORTEST_TURN};

/// Who is to leave so that another may board.
struct Leaving {
    who: Vec<usize>,
    /// They can now.
    at_once: bool,
    /// When they may be able to, even if nothing happens before.
    later: Option<Instant>,
}

impl Plan {
    /// Who leaves so that this model may be used; `Err`: it may not yet, and when to ask again.
    pub(super) fn may_board(
        &self,
        guest: usize,
        needs_load: bool,
        now: Instant,
    ) -> Result<Vec<usize>, Option<Instant>> {
        let leaving = self.has_berth(guest, needs_load, now)?;
        if self.has_turn(guest, now) { Ok(leaving) } else { Err(None) }
    }

    /// The same, however many calls use their models.
    pub(super) fn has_berth(
        &self,
        guest: usize,
        needs_load: bool,
        now: Instant,
    ) -> Result<Vec<usize>, Option<Instant>> {
        let own = &self.guests[guest];
        let must_wait = needs_load && self.another_loads(guest);
        let Some(berths) = self.berths() else {
            return if must_wait { Err(None) } else { Ok(Vec::new()) };
        };
        let next = self.next(now);
        if own.is_aboard(now) {
            let yields =
                next.is_some_and(|next| self.leaving(next, berths, now).who.contains(&guest));
            return if yields || must_wait { Err(None) } else { Ok(Vec::new()) };
        }
        if must_wait || next != Some(guest) {
            return Err(None);
        }
        let Leaving { who, at_once, later } = self.leaving(guest, berths, now);
        if at_once { Ok(who) } else { Err(later) }
    }

    fn another_loads(&self, guest: usize) -> bool {
        let is_other = |(other, own): (usize, &super::Guest)| other != guest && own.loading > 0;
        self.loads_singly && self.guests.iter().enumerate().any(is_other)
    }

    /// The model whose calls come next of those without a berth.
    fn next(&self, now: Instant) -> Option<usize> {
        let waiting = (0..self.guests.len()).filter(|guest| !self.guests[*guest].is_aboard(now));
        waiting
            .filter_map(|guest| Some((self.guests[guest].rank(now)?, guest)))
            .max()
            .map(|(_, guest)| guest)
    }

    /// Who leaves for the next model: idle ones first, then those whose last calls are under way,
    /// then those that yield.
    fn leaving(&self, next: usize, berths: usize, now: Instant) -> Leaving {
        let others: Vec<_> = (0..self.guests.len())
            .filter(|guest| *guest != next && self.guests[*guest].takes_room(now))
            .collect();
        let Some(too_many) = (others.len() + 1).checked_sub(berths).filter(|n| *n > 0) else {
            return Leaving { who: Vec::new(), at_once: true, later: None };
        };
        let (mut done, mut wanted): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|guest| self.guests[*guest].wants.is_empty());
        done.sort_by_key(|guest| (self.guests[*guest].is_busy(), self.guests[*guest].idle));
        wanted.sort_by_key(|guest| self.guests[*guest].turn);
        wanted.retain(|guest| self.yields(*guest, next, now));
        let who: Vec<_> = done.into_iter().chain(wanted).take(too_many).collect();
        let is_stuck =
            who.len() < too_many || who.iter().any(|guest| self.guests[*guest].is_busy());
        let later = if is_stuck {
            self.end_of_turn(next, now)
        } else {
            who.iter().map(|guest| self.leaves_from(*guest, next, now)).max()
        };
        let at_once = !is_stuck && later.is_some_and(|from| from <= now);
        Leaving { who, at_once, later }
    }

    /// It gives way although calls for it wait.
    fn yields(&self, guest: usize, next: usize, now: Instant) -> bool {
        let own = &self.guests[guest];
        own.loading == 0
            && (self.guests[next].class() > own.class() || self.yields_from(guest, next) <= now)
    }

    /// When the turn of a model ends that another waits for.
    fn yields_from(&self, guest: usize, next: usize) -> Instant {
        let turn = self.guests[guest].turn;
        let waiting = self.guests[next].ready_since().map_or(turn, |since| since.max(turn));
        waiting + SHORTEST_TURN.max(self.load * LOADS_PER_TURN)
    }

    /// The first end of a turn that is still to come.
    fn end_of_turn(&self, next: usize, now: Instant) -> Option<Instant> {
        let others = (0..self.guests.len()).filter(|guest| *guest != next);
        let wanted = others.filter(|guest| !self.guests[*guest].wants.is_empty());
        wanted.map(|guest| self.yields_from(guest, next)).filter(|end| now < *end).min()
    }

    /// When an unused model may be pushed out.
    fn leaves_from(&self, guest: usize, next: usize, now: Instant) -> Instant {
        let own = &self.guests[guest];
        let waiting = self.guests[next].ready_since().unwrap_or(now);
        if own.wants.is_empty() { own.idle.max(waiting) + LINGER } else { now }
    }
}
