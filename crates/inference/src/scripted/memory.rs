use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::model::Shared;

/// The memory of a scripted host: as many models as it holds, or all.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    most: Option<usize>,
    /// The least recently used first.
    models: Vec<Weak<Mutex<Shared>>>,
}

impl Memory {
    pub(super) fn hold(&self, most: usize) {
        self.held().most = Some(most);
        self.make_room();
    }

    pub(super) fn is_limited(&self) -> bool {
        self.held().most.is_some()
    }

    /// A model is used: those that were not for the longest time leave, if there are too many.
    pub(super) fn used(&self, model: &Arc<Mutex<Shared>>) {
        let mut held = self.held();
        held.models.retain(|other| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(model)));
        held.models.push(Arc::downgrade(model));
        drop(held);
        self.make_room();
    }

    fn make_room(&self) {
        let leaving: Vec<_> = {
            let mut held = self.held();
            let most = held.most.unwrap_or(usize::MAX);
            let too_many = held.models.len().saturating_sub(most);
            held.models.drain(..too_many).collect()
        };
        for model in leaving.iter().filter_map(Weak::upgrade) {
            model.lock().unwrap_or_else(PoisonError::into_inner).resident = false;
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
