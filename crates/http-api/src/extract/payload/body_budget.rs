use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::RequestLimits;

/// The number of bodies of the largest size that may be in memory at a time.
const LARGEST_BODIES: usize = 64;

/// The memory that the bodies of all requests may take. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget {
    most: usize,
    taken: Arc<AtomicUsize>,
}

/// The memory of one body, until it is dropped.
#[derive(Debug)]
pub(super) struct Taken {
    room: BodyBudget,
    bytes: Cell<usize>,
}

impl BodyBudget {
    pub(crate) fn of(limits: &RequestLimits) -> Self {
        Self { most: limits.body.saturating_mul(LARGEST_BODIES), taken: Arc::default() }
    }

    pub(super) fn taken(&self) -> Taken {
        Taken { room: self.clone(), bytes: Cell::new(0) }
    }
}

impl Taken {
    /// Takes more memory. Returns false if the budget is exceeded.
    pub(super) fn take(&self, bytes: usize) -> bool {
        self.bytes.set(self.bytes.get() + bytes);
        self.room.taken.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.room.most
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes.get(), Ordering::Relaxed);
    }
}
