use std::{fmt, sync::Arc};

use synod_domain::DebateId;
use synod_event_log::ProcessId;
use tokio::{sync::Notify, task::AbortHandle};

use crate::{
    database::Database,
    hints::Hints,
    logged_damage::LoggedDamage,
    open_lock::{OpenLock, PolledConnection},
    options::PostgresOptions,
    poll::Poll,
    watched_tails::{Tail, WatchedTails},
};

/// What the parts of an open store share. The last one closes it.
pub(crate) struct StoreParts {
    pub(crate) database: Database,
    pub(crate) watched: WatchedTails,
    pub(crate) logged: LoggedDamage,
    /// The schema with the tables, and this use of the store.
    pub(crate) schema: String,
    pub(crate) process: ProcessId,
    written: Arc<Notify>,
    tasks: Vec<AbortHandle>,
}

impl StoreParts {
    /// Begins to look for the writes of other processes. The lock was taken on the connection.
    pub(crate) fn start(
        lock: OpenLock,
        connection: PolledConnection,
        options: &PostgresOptions,
    ) -> Self {
        let (settings, process) = (lock.settings.clone(), lock.process);
        let (written, heard) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let database = Database::new(&settings, options);
        let watched = WatchedTails::default();
        let poll = Poll {
            database: database.clone(),
            watched: watched.clone(),
            interval: options.poll_interval,
            hint: Arc::clone(&heard),
            hint_interval: options.hint_interval,
        };
        let mut tasks = vec![
            tokio::spawn(poll.run()).abort_handle(),
            tokio::spawn(lock.keep(connection)).abort_handle(),
        ];
        if options.hints {
            let hints = Hints {
                settings,
                channel: options.schema.clone(),
                written: Arc::clone(&written),
                heard,
                interval: options.hint_interval,
            };
            tasks.push(tokio::spawn(hints.run()).abort_handle());
        }
        Self {
            database,
            watched,
            logged: LoggedDamage::default(),
            schema: options.schema.clone(),
            process,
            written,
            tasks,
        }
    }

    /// Tells the subscribers of this process and the other processes of a write.
    pub(crate) fn grown(&self, id: DebateId, tail: Tail) {
        self.watched.grow(id, tail);
        self.written.notify_one();
    }

    /// Ends connections and subscriptions.
    pub(crate) fn close(&self) {
        self.watched.close();
        self.database.close();
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for StoreParts {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for StoreParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreParts").field("server", self.database.server()).finish_non_exhaustive()
    }
}
