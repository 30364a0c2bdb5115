mod flow_share;
mod virtual_tokens;

use std::collections::HashMap;

use self::{
    flow_share::{FlowShare, Waiter},
    virtual_tokens::VirtualTokens,
};
use super::{
    flow::{Flow, Owner},
    priority::Arrival,
};

pub(super) use self::flow_share::Charge;
#[cfg(test)]
pub(super) use self::flow_share::MAX_OVERTAKEN;

/// The waiting calls of one class, whose flows share the slots by tokens.
///
/// A slot goes to the flow that was served the least in proportion to its weight, and within the
/// flow to the call that arrived first. The cost of a call is known when it ends; until then the
/// average cost stands in for it. A flow that joins gets the service count of the least-served flow,
/// and wins the tie once. Time away earns nothing. An attended flow may be a few calls ahead of its
/// share. (Start-time fair queueing
/// with a counter per flow in place of tags, as the virtual token counter of Sheng et al., "Fairness in
/// Serving Large Language Models", 2024.)
///
/// The weighted service of two flows that always have calls waiting, both attended or both not,
/// differs by at most two of the most expensive calls per slot, whatever the number and cost of their
/// calls.
pub(super) struct FairQueue<W> {
    shares: HashMap<Owner, FlowShare<W>>,
}

impl<W> Default for FairQueue<W> {
    fn default() -> Self {
        Self { shares: HashMap::new() }
    }
}

impl<W> FairQueue<W> {
    /// Adds a waiting call. `average` is the average cost of a call in tokens.
    pub(super) fn push(&mut self, flow: &Flow, arrival: Arrival, average: u64, handle: W) {
        let waiter = Waiter { arrival, overtaken: 0, handle };
        let least = self.least().unwrap_or_default();
        let share = self.shares.entry(flow.owner().clone());
        let share = share.or_insert_with(|| FlowShare::open(flow, least));
        share.enter(flow, least, average);
        share.waiting.push_back(waiter);
    }

    /// Takes the call that is next.
    pub(super) fn pop(&mut self, average: u64) -> Option<(W, Charge)> {
        let shares = self.shares.iter_mut();
        let next = shares.filter_map(|next| Some((next.1.service_order(average)?, next)));
        let (_, (owner, share)) = next.min_by_key(|(order, _)| *order)?;
        let Waiter { arrival: (number, _), handle, .. } = share.take(0)?;
        let was_new = share.is_new();
        let charge = Charge { owner: owner.clone(), expected: share.begin(average) };
        if was_new {
            self.count_overtaken(number);
        }
        Some((handle, charge))
    }

    /// Settles the charge for a call that has ended, which cost this many tokens; `None`: it was never
    /// made.
    pub(super) fn settle(&mut self, charge: Charge, tokens: Option<u64>, average: u64) {
        let Charge { owner, expected } = charge;
        if let Some(share) = self.shares.get_mut(&owner) {
            share.settle(expected, tokens);
        }
        self.forget(average);
    }

    /// Removes a waiting call.
    pub(super) fn remove(&mut self, owner: &Owner, number: u64, average: u64) -> Option<W> {
        let share = self.shares.get_mut(owner)?;
        let place = share.waiting.binary_search_by_key(&number, |waiter| waiter.arrival.0).ok()?;
        let removed = share.take(place)?;
        self.forget(average);
        Some(removed.handle)
    }

    /// The arrival of the call that has waited longest.
    pub(super) fn oldest(&self) -> Option<Arrival> {
        let first = self.shares.values().filter_map(|share| share.waiting.front());
        first.map(|waiter| waiter.arrival).min()
    }

    /// The arrivals of all waiting calls, in the order in which they would be served if each cost
    /// `average` tokens.
    pub(super) fn order(&self, average: u64) -> Vec<Arrival> {
        let waiting = self.shares.values().flat_map(|share| share.service_orders(average));
        let mut order: Vec<_> = waiting.collect();
        order.sort_unstable_by_key(|(order, _)| *order);
        order.into_iter().map(|(_, waiter)| waiter.arrival).collect()
    }

    /// The number of flows that are remembered.
    #[cfg(test)]
    pub(super) fn flows(&self) -> usize {
        self.shares.len()
    }

    /// The least that a flow with calls here was served.
    fn least(&self) -> Option<VirtualTokens> {
        self.shares.values().filter(|share| share.is_active()).map(FlowShare::served).min()
    }

    /// A call of a new flow is served: it has overtaken the calls that arrived earlier.
    fn count_overtaken(&mut self, number: u64) {
        let waiting = self.shares.values_mut().flat_map(|share| &mut share.waiting);
        for waiter in waiting.filter(|waiter| waiter.arrival.0 < number) {
            waiter.overtaken = waiter.overtaken.saturating_add(1);
        }
    }

    /// Forgets the flows without calls here that would join as new ones.
    fn forget(&mut self, average: u64) {
        match self.least() {
            Some(least) => {
                self.shares
                    .retain(|_, share| share.is_active() || share.is_worth_keeping(least, average));
            }
            None => self.shares = HashMap::new(),
        }
    }
}
