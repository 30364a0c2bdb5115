use parking_lot::{Mutex, MutexGuard};
use std::sync::{Arc, Weak};

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

    /// Models that nobody uses leave before others.
    fn make_room(&self) {
        let mut held = self.held();
        let most = held.most.unwrap_or(usize::MAX);
        while held.models.len() > most {
            let unused = held.models.iter().position(|model| !is_in_use(model));
            if let Some(model) = held.models.remove(unused.unwrap_or(0)).upgrade() {
                lock(&model).resident = false;
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock()
    }
}

fn is_in_use(model: &Weak<Mutex<Shared>>) -> bool {
    model.upgrade().is_some_and(|model| lock(&model).record.in_flight > 0)
}

fn lock(model: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    model.lock()
}
