use std::collections::HashMap;

use tokio::time::Instant;

use super::{
    Flow, VirtualTokens,
    account::{Account, Served, Waiter},
    flow::Owner,
};

/// The calls of one class, among whose flows places are shared by tokens.
///
/// A place goes to the flow that was served the least by its weight, and there to the call that
/// came first. What a call costs is known when it ends; until then it counts as what calls cost
/// on average. A flow that comes in begins where the one stands that was served the least, and
/// goes before it, however long it was away: it is next, and has no claim beyond that, but for the
/// few calls that an attended flow may be ahead of its share. (Start-time fair queueing with a
/// counter per flow in place of tags, as the virtual token counter of Sheng et al., "Fairness in
/// Serving Large Language Models", 2024.)
///
/// Between flows that always wait and are alike attended, what was served by weight differs by no more than two of the
/// dearest calls for each place, however many calls each has open and whatever they cost.
pub(super) struct FairQueue<W> {
    accounts: HashMap<Owner, Account<W>>,
}

impl<W> Default for FairQueue<W> {
    fn default() -> Self {
        Self { accounts: HashMap::new() }
    }
}

impl<W> FairQueue<W> {
    /// Serves a call that need not wait; calls cost so many tokens on average.
    pub(super) fn begin(&mut self, flow: &Flow, average: u64) -> Served {
        self.enter(flow, average).begin(average)
    }

    /// A call waits that came as the one of this number at that time.
    pub(super) fn wait(
        &mut self,
        flow: &Flow,
        (arrival, since): (u64, Instant),
        average: u64,
        handle: W,
    ) {
        let waiter = Waiter { arrival, since, overtaken: 0, handle };
        self.enter(flow, average).waiting.push_back(waiter);
    }

    /// Serves the call whose turn it is.
    pub(super) fn serve(&mut self, average: u64) -> Option<(W, Served)> {
        let accounts = self.accounts.values_mut();
        let turns = accounts.filter_map(|account| Some((account.turn(average)?, account)));
        let (_, account) = turns.min_by_key(|(turn, _)| *turn)?;
        let Waiter { arrival, handle, .. } = account.waiting.pop_front()?;
        let was_new = account.is_new();
        let served = account.begin(average);
        if was_new {
            self.overtake(arrival);
        }
        Some((handle, served))
    }

    /// A call is over and has cost so many tokens; `None`: it was never made.
    pub(super) fn settle(&mut self, served: Served, tokens: Option<u64>, average: u64) {
        let Served { owner, expected } = served;
        if let Some(account) = self.accounts.get_mut(&owner) {
            account.settle(expected, tokens);
        }
        self.forget(average);
    }

    pub(super) fn leave(&mut self, owner: &Owner, arrival: u64, average: u64) -> Option<W> {
        let waiting = &mut self.accounts.get_mut(owner)?.waiting;
        let index = waiting.binary_search_by_key(&arrival, |waiter| waiter.arrival).ok()?;
        let left = waiting.remove(index)?;
        self.forget(average);
        Some(left.handle)
    }

    /// The one that has waited longest: when it came, as a number and by the clock.
    pub(super) fn oldest(&self) -> Option<(u64, Instant)> {
        let first = self.accounts.values().filter_map(|account| account.waiting.front());
        first.map(|waiter| (waiter.arrival, waiter.since)).min()
    }

    /// All that wait, in the order in which they would be served if each call cost so many tokens:
    /// when they came, as a number and by the clock.
    pub(super) fn order(&self, average: u64) -> Vec<(u64, Instant)> {
        let turns = self.accounts.values().flat_map(|account| account.turns(average));
        let mut order: Vec<_> = turns.collect();
        order.sort_unstable_by_key(|(turn, _)| *turn);
        order.into_iter().map(|(_, waiter)| (waiter.arrival, waiter.since)).collect()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.accounts.values().map(|account| account.waiting.len()).sum()
    }

    /// Flows that are remembered.
    #[cfg(test)]
    pub(super) fn flows(&self) -> usize {
        self.accounts.len()
    }

    /// The account of a flow of which a call comes in.
    fn enter(&mut self, flow: &Flow, average: u64) -> &mut Account<W> {
        let least = self.least().unwrap_or_default();
        let account = self.accounts.entry(flow.owner().clone());
        let account = account.or_insert_with(|| Account::open(flow.clone(), least));
        account.enter(flow, least, average);
        account
    }

    /// What the one of those with calls here was served that was served the least.
    fn least(&self) -> Option<VirtualTokens> {
        self.accounts.values().filter(|account| account.is_active()).map(Account::served).min()
    }

    /// A call of a new flow is served: those that came earlier are overtaken.
    fn overtake(&mut self, arrival: u64) {
        let waiting = self.accounts.values_mut().flat_map(|account| &mut account.waiting);
        for waiter in waiting.filter(|waiter| waiter.arrival < arrival) {
            waiter.overtaken = waiter.overtaken.saturating_add(1);
        }
    }

    /// Forgets the flows without calls here that would come in as new ones.
    fn forget(&mut self, average: u64) {
        match self.least() {
            Some(least) => {
                self.accounts.retain(|_, a| a.is_active() || a.outlasts(least, average));
            }
            None => self.accounts = HashMap::new(),
        }
    }
}
