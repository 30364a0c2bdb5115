use parking_lot::{Mutex, MutexGuard};
use std::sync::{Arc, Weak};

/// A model that a host holds in memory.
pub(super) trait Evictable: Send {
    fn is_in_use(&self) -> bool;

    fn evict(&mut self);
}

/// The memory of a scripted host: as many models as it holds, or all.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    most: Option<usize>,
    /// The least recently used first.
    models: Vec<Weak<Mutex<dyn Evictable>>>,
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
    pub(super) fn used(&self, model: &Arc<Mutex<dyn Evictable>>) {
        let mut held = self.held();
        let model = Arc::downgrade(model);
        held.models.retain(|other| !Weak::ptr_eq(other, &model));
        held.models.push(model);
        drop(held);
        self.make_room();
    }

    /// Evicts unused models before others.
    fn make_room(&self) {
        let mut held = self.held();
        let most = held.most.unwrap_or(usize::MAX);
        while held.models.len() > most {
            let unused = held.models.iter().position(|model| !is_in_use(model));
            if let Some(model) = held.models.remove(unused.unwrap_or(0)).upgrade() {
                model.lock().evict();
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock()
    }
}

fn is_in_use(model: &Weak<Mutex<dyn Evictable>>) -> bool {
    model.upgrade().is_some_and(|model| model.lock().is_in_use())
}
