use std::collections::VecDeque;

use super::ids::{CallId, ModelId};

/// Counts the loads that were made on a host, and those that grouping calls by model has avoided.
///
/// The latter is the difference to what the same calls would have cost in the order of their arrival:
/// a model without room takes that of the least recently used one, which is one load. A call counts
/// once it has had its model and all earlier calls have ended. It feeds a metric and a line of output,
/// and no decision.
#[derive(Default)]
pub(super) struct LoadCounts {
    made: u64,
    avoided: u64,
    calls: VecDeque<Counted>,
    /// The models that would be in memory, the least recently used first.
    memory: Vec<ModelId>,
    /// The loads that would have been made.
    in_order: u64,
}

struct Counted {
    call: CallId,
    model: ModelId,
    /// Whether it had its model, once it has ended.
    ended: Option<bool>,
}

impl LoadCounts {
    /// Loads made, and loads avoided.
    pub(super) const fn totals(&self) -> (u64, u64) {
        (self.made, self.avoided)
    }

    /// A call has arrived.
    pub(super) fn arrived(&mut self, call: CallId, model: ModelId) {
        self.calls.push_back(Counted { call, model, ended: None });
    }

    /// A call has ended. `room`: the number of models that the host holds.
    pub(super) fn ended(&mut self, call: CallId, had_model: bool, room: Option<usize>) {
        if let Ok(index) = self.calls.binary_search_by_key(&call, |counted| counted.call)
            && let Some(counted) = self.calls.get_mut(index)
        {
            counted.ended = Some(had_model);
        }
        while let Some(Counted { model, ended: Some(had_model), .. }) = self.calls.front() {
            if *had_model {
                let model = *model;
                self.in_order += u64::from(!self.memory.contains(&model));
                self.hold(model, room);
            }
            self.calls.pop_front();
        }
        self.compare();
    }

    /// A model was loaded; `is_unused`: no call needs it any more.
    pub(super) fn loaded(&mut self, model: ModelId, is_unused: bool, room: Option<usize>) {
        self.made += 1;
        if is_unused {
            self.in_order += 1;
            self.hold(model, room);
        }
        self.compare();
    }

    /// A model was in memory without having been loaded from here.
    pub(super) fn found(&mut self, model: ModelId, room: Option<usize>) {
        if !self.memory.contains(&model) {
            self.hold(model, room);
        }
    }

    /// A model has left the memory for a cause other than a load from here.
    pub(super) fn lost(&mut self, model: ModelId) {
        self.memory.retain(|held| *held != model);
    }

    /// The host holds another number of models than was assumed: the comparison starts again.
    pub(super) const fn restart(&mut self) {
        self.in_order = self.made + self.avoided;
    }

    fn hold(&mut self, model: ModelId, room: Option<usize>) {
        self.lost(model);
        self.memory.push(model);
        if let Some(too_many) = room.and_then(|room| self.memory.len().checked_sub(room)) {
            self.memory.drain(..too_many);
        }
    }

    fn compare(&mut self) {
        self.avoided = self.avoided.max(self.in_order.saturating_sub(self.made));
    }
}
