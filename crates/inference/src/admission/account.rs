use std::{cmp::Reverse, collections::VecDeque};

use tokio::time::Instant;

use super::{Flow, VirtualTokens, flow::Owner};

/// What a flow was served in one class, and its calls that wait there.
pub(super) struct Account<W> {
    flow: Flow,
    /// What it was served, and what its calls in service are expected to cost.
    served: VirtualTokens,
    in_service: usize,
    /// It has come in and not been served since.
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
    pub(super) fn open(flow: Flow) -> Self {
        let served = VirtualTokens::default();
        Self { flow, served, in_service: 0, is_new: true, waiting: VecDeque::new() }
    }

    /// A call of the flow comes in; `least` is what those were served who have calls here.
    pub(super) fn enter(&mut self, flow: &Flow, least: VirtualTokens) {
        self.flow.clone_from(flow);
        if !self.is_active() {
            self.is_new = self.served <= least;
            self.served = self.served.max(least);
        }
    }

    /// A call of the flow is served; calls cost so many tokens on average.
    pub(super) fn begin(&mut self, average: u64) -> Served {
        let expected = VirtualTokens::of(average, self.flow.weight());
        self.served = self.served.plus(expected);
        self.in_service += 1;
        self.is_new = false;
        Served { owner: self.flow.owner().clone(), expected }
    }

    /// A call is over and has cost so many tokens; `None`: it was never made.
    pub(super) fn settle(&mut self, expected: VirtualTokens, tokens: Option<u64>) {
        let tokens = tokens.map(|tokens| VirtualTokens::of(tokens, self.flow.weight()));
        self.served = self.served.minus(expected).plus(tokens.unwrap_or_default());
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
        let cost = VirtualTokens::of(average, self.flow.weight());
        let lead = if self.flow.is_attended() { cost.times(LEAD) } else { cost.times(0) };
        self.waiting.iter().enumerate().map(move |(place, waiter)| {
            let served = self.served.plus(cost.times(place)).minus(lead);
            (self.turn_of(waiter, served, self.is_new && place == 0), waiter)
        })
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
