use parking_lot::Mutex as StateMutex;
use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};

/// How long it is believed that a model does not chat: its server may be started otherwise.
const BELIEVED: Duration = Duration::from_mins(10);

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
    /// It does not chat: what its host answered, and until when that is believed.
    Unable { why: String, until: Instant },
}

impl Ability {
    /// The model has chatted, or failed for another cause.
    pub(super) fn is_able(&self) {
        *self.shown.lock() = Shown::Able;
    }

    /// The host refused to chat with it.
    pub(super) fn is_unable(&self, why: &str) {
        *self.shown.lock() =
            Shown::Unable { why: why.to_owned(), until: Instant::now() + BELIEVED };
    }

    /// Why it does not chat, if that was shown.
    pub(super) fn refusal(&self) -> Option<String> {
        match &*self.shown.lock() {
            Shown::Unable { why, until } if Instant::now() < *until => Some(why.clone()),
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
