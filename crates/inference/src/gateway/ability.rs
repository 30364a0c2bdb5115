use parking_lot::Mutex as StateMutex;
use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use crate::ModelRefusal;

/// How long it is believed that a model does not chat: its server may be started otherwise.
const NO_CHAT_BELIEVED: Duration = Duration::from_mins(10);

/// How long it is believed that a model cannot be loaded: memory may be freed, the model pulled again.
pub(super) const NO_LOAD_BELIEVED: Duration = Duration::from_mins(2);

/// What calls have shown of whether one model on one host chats.
#[derive(Default)]
pub(super) struct Ability {
    shown: StateMutex<Shown>,
    trial: Mutex<()>,
}

#[derive(Default)]
enum Shown {
    #[default]
    Nothing,
    /// It was tried or called, and its host did not refuse.
    Able,
    /// It is not served: what its host answered, and until when that is believed.
    Unable { refusal: ModelRefusal, until: Instant },
}

impl Ability {
    /// The model has chatted, or failed for another cause.
    pub(super) fn is_able(&self) {
        *self.shown.lock() = Shown::Able;
    }

    /// The host refused to serve it.
    pub(super) fn is_unable(&self, refusal: ModelRefusal) {
        let believed = if refusal.is_load { NO_LOAD_BELIEVED } else { NO_CHAT_BELIEVED };
        *self.shown.lock() = Shown::Unable { refusal, until: Instant::now() + believed };
    }

    /// It is in memory, or is to be loaded again: an earlier load that failed shows nothing.
    pub(super) fn forget_failed_load(&self) {
        let mut shown = self.shown.lock();
        if let Shown::Unable { refusal, .. } = &*shown
            && refusal.is_load
        {
            *shown = Shown::Nothing;
        }
    }

    /// Why it is not served, if that was shown.
    pub(super) fn refusal(&self) -> Option<ModelRefusal> {
        match &*self.shown.lock() {
            Shown::Unable { refusal, until } if Instant::now() < *until => Some(refusal.clone()),
            Shown::Unable { .. } | Shown::Nothing | Shown::Able => None,
        }
    }

    /// It was neither tried nor asked, or that was long ago and it was unable.
    pub(super) fn is_unknown(&self) -> bool {
        match &*self.shown.lock() {
            Shown::Nothing => true,
            Shown::Able => false,
            Shown::Unable { until, .. } => Instant::now() >= *until,
        }
    }

    /// Waits until no other trial of the model is under way.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.trial.lock().await
    }
}
