use std::collections::HashSet;

use parking_lot::Mutex;
use synod_event_log::Damage;

/// The damage that this process has logged. Lists and looks for debates meet it again and again.
#[derive(Debug, Default)]
pub(crate) struct ReportedDamage(Mutex<HashSet<Damage>>);

impl ReportedDamage {
    /// Logs damage once.
    pub(crate) fn report(&self, damage: &Damage) {
        if !self.0.lock().insert(damage.clone()) {
            return;
        }
        match damage.debate {
            Some(id) => tracing::error!(
                debate.id = %id,
                "a debate is damaged ({damage}); restore a backup, or delete it with `synod delete {id}`"
            ),
            None => tracing::error!("the event store is damaged ({damage}); restore a backup"),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}
