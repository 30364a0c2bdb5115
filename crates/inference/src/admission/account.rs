use std::{cmp::Reverse, collections::VecDeque, num::NonZeroU32};

use tokio::time::Instant;

use super::{Flow, VirtualTokens, flow::Owner};

/// What a flow was served in one class, and its calls that wait there.
pub(super) struct Account<W> {
    flow: Flow,
    /// What its calls that are over have cost.
    served: VirtualTokens,
    /// What its calls in service are expected to cost.
    expected: VirtualTokens,
    in_service: usize,
    /// It has come in anew and not been served since.
    is_new: bool,
    /// The first goes first.
    pub(super) waiting: VecDeque<Waiter<W>>,
}

/// A call that waits.
pub(super) struct Waiter<W> {
    /// Counts all that ever came.
    pub(super) arrival: u64,
    pub(super) since: Instant,
    /// Calls of new flows that came later and went first.
    pub(super) overtaken: u32,
    pub(super) handle: W,
}

/// A call in service, as its flow's account knows it.
#[derive(Clone, Debug)]
pub(super) struct Served {
    pub(super) owner: Owner,
    pub(super) expected: VirtualTokens,
}

/// Where a call stands among those of its class; the least goes first.
pub(super) type Turn = (Reverse<bool>, VirtualTokens, Reverse<bool>, Reverse<bool>, u64);

/// Most calls of new flows that go before one that came earlier. More of them are a crowd that
/// keeps coming, and those who have had some share would wait for its end.
pub(super) const MOST_OVERTAKEN: u32 = 16;

/// So many calls of the average cost an attended flow may have had before others: who sits there
/// asks again soon, and then not for long.
const LEAD: usize = 4;

impl<W> Account<W> {
    /// For a flow that comes in where the one stands that was served the least.
    pub(super) fn open(flow: Flow, least: VirtualTokens) -> Self {
        let expected = VirtualTokens::default();
        Self {
            flow,
            served: least,
            expected,
            in_service: 0,
            is_new: true,
            waiting: VecDeque::new(),
        }
    }

    /// A call of the flow comes in.
    pub(super) fn enter(&mut self, flow: &Flow, least: VirtualTokens, average: u64) {
        self.flow.clone_from(flow);
        if !self.is_active() && !self.outlasts(least, average) {
            (self.served, self.is_new) = (least, true);
        }
    }

    /// Without calls here it is still worth remembering: it was served more than those with calls
    /// were, or hardly less. Who asks again as soon as it has its reply must not lose by the moment
    /// between; who was away for longer than a call would only gain.
    pub(super) fn outlasts(&self, least: VirtualTokens, average: u64) -> bool {
        self.served > least.minus(self.cost(average))
    }

    /// A call of the flow is served; calls cost so many tokens on average.
    pub(super) fn begin(&mut self, average: u64) -> Served {
        let expected = self.cost(average);
        self.expected = self.expected.plus(expected);
        self.in_service += 1;
        self.is_new = false;
        Served { owner: self.flow.owner().clone(), expected }
    }

    /// A call is over and has cost so many tokens; `None`: it was never made.
    pub(super) fn settle(&mut self, expected: VirtualTokens, tokens: Option<u64>) {
        let cost = tokens.map(|tokens| self.cost(tokens)).unwrap_or_default();
        self.served = self.served.plus(cost);
        self.expected = self.expected.minus(expected);
        self.in_service = self.in_service.saturating_sub(1);
    }

    pub(super) const fn served(&self) -> VirtualTokens {
        self.served
    }

    pub(super) const fn is_new(&self) -> bool {
        self.is_new
    }

    /// It has calls in service or waiting.
    pub(super) fn is_active(&self) -> bool {
        self.in_service > 0 || !self.waiting.is_empty()
    }

    /// The turn of its first call that waits.
    pub(super) fn turn(&self, average: u64) -> Option<Turn> {
        self.turns(average).next().map(|(turn, _)| turn)
    }

    /// The turns of its calls that wait, if each costs so many tokens.
    pub(super) fn turns(&self, average: u64) -> impl Iterator<Item = (Turn, &Waiter<W>)> {
        let cost = self.cost(average);
        // The attended come out at no less than nothing, so that all others are put back.
        let back = VirtualTokens::of(average, NonZeroU32::MIN).times(LEAD);
        let lead = if self.flow.is_attended() { cost.times(LEAD) } else { cost.times(0) };
        let so_far = self.served.plus(self.expected).plus(back.minus(lead));
        self.waiting.iter().enumerate().map(move |(place, waiter)| {
            let served = so_far.plus(cost.times(place));
            (self.turn_of(waiter, served, self.is_new && place == 0), waiter)
        })
    }

    fn cost(&self, tokens: u64) -> VirtualTokens {
        VirtualTokens::of(tokens, self.flow.weight())
    }

    fn turn_of(&self, waiter: &Waiter<W>, served: VirtualTokens, is_new: bool) -> Turn {
        let arrival = waiter.arrival;
        if waiter.overtaken >= MOST_OVERTAKEN {
            let served = VirtualTokens::default();
            return (Reverse(true), served, Reverse(false), Reverse(false), arrival);
        }
        (Reverse(false), served, Reverse(is_new), Reverse(self.flow.is_attended()), arrival)
    }
}
