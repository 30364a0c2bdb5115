//! The writes of other processes, for the subscribers of this one.

use std::time::Duration;

use super::WriterThread;
use crate::{database::data_version, debate_row::growth};

impl WriterThread {
    /// Looks for debates with subscribers that other processes have appended to, if that is due at this time.
    pub(super) fn poll(&mut self, now: Duration) {
        let interval = self.setup.options.poll_interval;
        if self.setup.watched.is_empty() || now.saturating_sub(self.polled) < interval {
            return;
        }
        self.polled = now;
        if let Err(error) = self.find_growth() {
            tracing::warn!(%error, "the writes of other processes cannot be seen");
        }
    }

    fn find_growth(&mut self) -> rusqlite::Result<()> {
        let db = &self.setup.db;
        let version = data_version(db)?;
        if version != self.data_version {
            let read = db.unchecked_transaction()?;
            for id in self.setup.watched.ids() {
                if let Some(growth) = growth(&read, id)? {
                    self.setup.watched.grow(id, growth);
                }
            }
            self.data_version = version;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc, sync::mpsc};

    use futures_util::FutureExt;
    use synod_domain::{DebateId, Event, Timestamp};
    use synod_event_log::{Batch, EventLog};
    use uuid::Uuid;

    use super::*;
    use crate::{
        SqliteStore, StoreOptions,
        directory::DataDirectory,
        leases::Leases,
        migration::open_database,
        reported_damage::ReportedDamage,
        watched::Watched,
        writer::{WriterHealth, WriterSetup},
    };

    /// By when a subscriber has the events of another process, as the documentation promises.
    const PROMISED: Duration = Duration::from_millis(250);

    /// The thread of a process with a store in this directory, which runs only as far as the test lets it.
    fn thread(dir: &Path, watched: &Watched) -> WriterThread {
        let options = StoreOptions { reserve_bytes: 0, ..StoreOptions::default() };
        let dir = DataDirectory::prepare(dir, &*options.disk, true).expect("a directory");
        let (db, _lock) = open_database(&dir, &options).expect("a database");
        let leases = Leases::new(None, dir.workers()).expect("leases");
        let setup = WriterSetup {
            db,
            dir,
            options,
            leases: Arc::new(leases),
            watched: watched.clone(),
            reported: Arc::<ReportedDamage>::default(),
            health: WriterHealth::new(),
        };
        WriterThread::new(setup, mpsc::channel().1)
    }

    #[tokio::test]
    async fn a_write_of_another_process_is_seen_by_the_next_poll() {
        let dir = tempfile::tempdir().expect("a folder");
        let options = StoreOptions { reserve_bytes: 0, ..StoreOptions::default() };
        // A connection of its own, as another process has.
        let other = SqliteStore::open(dir.path(), options).expect("a store");
        let id = DebateId::from_uuid(Uuid::now_v7());
        let append = async |expected| {
            let batch = Batch::new(id, expected, Timestamp::default(), [Event::DebateStarted]);
            let batch = batch.expect("an event");
            if expected == 0 {
                other.events().create(&batch, None).await.expect("new");
            } else {
                other.events().append(&batch, None).await.expect("it follows");
            }
        };
        append(0).await;
        let watched = Watched::default();
        let mut thread = thread(dir.path(), &watched);
        let mut now = thread.polled;
        assert_eq!(thread.until_due(now), None, "without subscribers nothing is polled");

        let mut subscriber = watched.subscribe(id);
        for last in 1..50 {
            // Whatever was seen before, and however long ago the last poll was.
            now += Duration::from_millis(last * 7);
            thread.poll(now);
            subscriber.mark_seen();
            append(last).await;
            let wait = thread.until_due(now).expect("a poll is due");
            assert!(wait <= PROMISED, "{wait:?}");
            thread.poll(now + wait);
            assert_eq!(subscriber.grown().now_or_never(), Some(true), "event {}", last + 1);
            now += wait;
        }
    }
}
