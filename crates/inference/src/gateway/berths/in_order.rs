use std::collections::VecDeque;

/// What the calls would have cost in the order in which they came, on as many berths: a model that
/// has none takes that of the one that was used least recently, which is one load.
///
/// A call counts once it has had its model, and all that came before it are over.
#[derive(Default)]
pub(super) struct InOrder {
    calls: VecDeque<Call>,
    /// The models that would be in memory, the least recently used first.
    memory: Vec<usize>,
    loads: u64,
}

struct Call {
    arrival: u64,
    guest: usize,
    /// Whether it had its model, once it is over.
    over: Option<bool>,
}

impl InOrder {
    pub(super) fn came(&mut self, arrival: u64, guest: usize) {
        self.calls.push_back(Call { arrival, guest, over: None });
    }

    /// A call is over; whether it had its model.
    pub(super) fn over(&mut self, arrival: u64, served: bool, berths: Option<usize>) {
        if let Ok(index) = self.calls.binary_search_by_key(&arrival, |call| call.arrival)
            && let Some(call) = self.calls.get_mut(index)
        {
            call.over = Some(served);
        }
        while let Some(Call { guest, over: Some(served), .. }) = self.calls.front() {
            if *served {
                let guest = *guest;
                self.loads += u64::from(!self.memory.contains(&guest));
                self.hold(guest, berths);
            }
            self.calls.pop_front();
        }
    }

    /// A model was loaded of which nobody has made use.
    pub(super) fn loaded_for_nobody(&mut self, guest: usize, berths: Option<usize>) {
        self.loads += 1;
        self.hold(guest, berths);
    }

    /// A model was in memory without having been loaded from here.
    pub(super) fn found(&mut self, guest: usize, berths: Option<usize>) {
        if !self.memory.contains(&guest) {
            self.hold(guest, berths);
        }
    }

    /// A model has left the memory for a cause that lies elsewhere.
    pub(super) fn lost(&mut self, guest: usize) {
        self.memory.retain(|held| *held != guest);
    }

    pub(super) const fn loads(&self) -> u64 {
        self.loads
    }

    /// Counts from here.
    pub(super) const fn count_from(&mut self, loads: u64) {
        self.loads = loads;
    }

    fn hold(&mut self, guest: usize, berths: Option<usize>) {
        self.lost(guest);
        self.memory.push(guest);
        if let Some(too_many) = berths.and_then(|most| self.memory.len().checked_sub(most)) {
            self.memory.drain(..too_many);
        }
    }
}
