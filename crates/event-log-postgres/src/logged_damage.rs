use std::collections::HashSet;

use parking_lot::Mutex;
use synod_event_log::Damage;

/// The damage that this process has logged. Lists meet it again and again.
#[derive(Debug, Default)]
pub(crate) struct LoggedDamage(Mutex<HashSet<Damage>>);

impl LoggedDamage {
    /// Logs damage once.
    pub(crate) fn log(&self, damage: &Damage) {
        if !self.0.lock().insert(damage.clone()) {
            return;
        }
        match damage.debate {
            Some(id) => tracing::error!(
                debate.id = %id,
                "a debate is damaged ({damage}); restore a backup, or delete the debate"
            ),
            None => tracing::error!("the database is damaged ({damage}); restore a backup"),
        }
    }
}
