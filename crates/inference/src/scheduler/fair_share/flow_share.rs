use std::{cmp::Reverse, collections::VecDeque, num::NonZeroU32};

use super::{Arrival, Flow, Owner, VirtualTokens};

/// What a flow was served in one class, and its waiting calls there.
///
/// A host remembers one for each running debate, so it does not repeat the owner and, without waiting calls, holds
/// no space for them.
pub(super) struct FlowShare<W> {
    weight: NonZeroU32,
    is_attended: bool,
    /// The cost of its calls that have ended.
    served: VirtualTokens,
    /// The expected cost of its calls in service.
    expected: VirtualTokens,
    in_service: usize,
    /// It has joined again and was not served since.
    is_new: bool,
    /// In the order of their arrival.
    pub(super) waiting: VecDeque<Waiter<W>>,
}

/// A waiting call.
pub(super) struct Waiter<W> {
    pub(super) arrival: Arrival,
    /// Calls of new flows that arrived later and went first.
    pub(super) overtaken: u32,
    pub(super) handle: W,
}

/// What the flow of a call in service is charged with for it.
#[derive(Clone, Debug)]
pub(in crate::scheduler) struct Charge {
    pub(in crate::scheduler) owner: Owner,
    pub(super) expected: VirtualTokens,
}

/// The order of calls within their class; the least goes first.
pub(super) type ServiceOrder = (Reverse<bool>, VirtualTokens, Reverse<bool>, Reverse<bool>, u64);

/// The most calls of new flows that go before a call that arrived earlier. More of them are a crowd
/// that keeps coming, and a flow that already had some share would wait for its end.
pub(in crate::scheduler) const MAX_OVERTAKEN: u32 = 16;

/// The number of average calls that an attended flow may be ahead of others: a person who reads the
/// replies asks again soon, and then not for a while.
const LEAD: usize = 4;

impl<W> FlowShare<W> {
    /// For a flow that joins at the level of the one that was served the least.
    pub(super) fn open(flow: &Flow, least: VirtualTokens) -> Self {
        Self {
            weight: flow.weight(),
            is_attended: flow.is_attended(),
            served: least,
            expected: VirtualTokens::default(),
            in_service: 0,
            is_new: true,
            waiting: VecDeque::new(),
        }
    }

    /// A call of the flow arrives.
    pub(super) fn enter(&mut self, flow: &Flow, least: VirtualTokens, average: u64) {
        (self.weight, self.is_attended) = (flow.weight(), flow.is_attended());
        if !self.is_active() && !self.is_worth_keeping(least, average) {
            (self.served, self.is_new) = (least, true);
        }
    }

    /// Whether to remember the flow while it has no calls here: it was served more than the flows with
    /// calls were, or hardly less. A flow that asks again as soon as it has its reply must not lose by
    /// the moment between; one that was away for longer than a call could only gain.
    pub(super) fn is_worth_keeping(&self, least: VirtualTokens, average: u64) -> bool {
        self.served > least.minus(self.cost(average))
    }

    /// Removes the waiting call at this place.
    pub(super) fn take(&mut self, place: usize) -> Option<Waiter<W>> {
        let waiter = self.waiting.remove(place)?;
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        Some(waiter)
    }

    /// A call of the flow is served, and is expected to cost this much.
    pub(super) fn begin(&mut self, average: u64) -> VirtualTokens {
        let expected = self.cost(average);
        self.expected = self.expected.plus(expected);
        self.in_service += 1;
        self.is_new = false;
        expected
    }

    /// A call has ended and has cost this many tokens; `None`: it was never made.
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

    /// Whether it has calls in service or waiting.
    pub(super) fn is_active(&self) -> bool {
        self.in_service > 0 || !self.waiting.is_empty()
    }

    /// The place of its first waiting call in that order.
    pub(super) fn service_order(&self, average: u64) -> Option<ServiceOrder> {
        self.service_orders(average).next().map(|(order, _)| order)
    }

    /// The places of its waiting calls in that order, if each costs `average` tokens.
    pub(super) fn service_orders(
        &self,
        average: u64,
    ) -> impl Iterator<Item = (ServiceOrder, &Waiter<W>)> {
        let cost = self.cost(average);
        // An attended flow cannot come out below zero, so all others are put back instead.
        let back = VirtualTokens::of(average, NonZeroU32::MIN).times(LEAD);
        let lead = if self.is_attended { cost.times(LEAD) } else { cost.times(0) };
        let so_far = self.served.plus(self.expected).plus(back.minus(lead));
        self.waiting.iter().enumerate().map(move |(place, waiter)| {
            let served = so_far.plus(cost.times(place));
            (self.order_of(waiter, served, self.is_new && place == 0), waiter)
        })
    }

    fn cost(&self, tokens: u64) -> VirtualTokens {
        VirtualTokens::of(tokens, self.weight)
    }

    fn order_of(&self, waiter: &Waiter<W>, served: VirtualTokens, is_new: bool) -> ServiceOrder {
        let (number, _) = waiter.arrival;
        if waiter.overtaken >= MAX_OVERTAKEN {
            let served = VirtualTokens::default();
            return (Reverse(true), served, Reverse(false), Reverse(false), number);
        }
        (Reverse(false), served, Reverse(is_new), Reverse(self.is_attended), number)
    }
}
