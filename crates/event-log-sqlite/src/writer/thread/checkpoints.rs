//! The copies of the write-ahead log into the database.

use std::sync::{Arc, atomic::Ordering};

use super::{Stage, WriterThread};
use crate::{
    database::{Checkpoint, checkpoint},
    monotonic::since,
};

/// The write-ahead log is copied to the database when it has this many pages.
const MOST_WAL_PAGES: u32 = 1_000;

impl WriterThread {
    pub(super) fn count_wal_pages(&mut self) {
        let (wal_pages, wal_commits) = (Arc::clone(&self.wal_pages), Arc::clone(&self.wal_commits));
        let hook = move |_: &mut rusqlite::hooks::Wal, pages| {
            wal_pages.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            wal_commits.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        if let Err(error) = self.setup.db.wal_hook(Some(hook)) {
            tracing::error!(%error, "the write-ahead log is emptied when idle only");
        }
    }

    pub(super) fn checkpoint_if_due(&mut self) {
        let idle_after = self.setup.options.idle_after;
        if self.last_write.is_some_and(|last| since(last) >= idle_after) {
            self.last_write = None;
            self.checkpoint(Checkpoint::Truncate);
            self.shrink_when_idle();
        } else if self.wal_pages.load(Ordering::Relaxed) >= MOST_WAL_PAGES {
            self.checkpoint(Checkpoint::Passive);
        }
    }

    /// SQLite ignores errors of the checkpoints that it makes itself. An error of a sync must not be ignored:
    /// the next sync may succeed without the data.
    pub(super) fn checkpoint(&mut self, kind: Checkpoint) {
        if self.failure.is_some() {
            return;
        }
        self.wal_pages.store(0, Ordering::Relaxed);
        let lock_wait = self.setup.options.lock_wait;
        if let Err(error) = checkpoint(&self.setup.db, kind, lock_wait) {
            // The error is reported by the next write.
            let _ = self.classify(Stage::Before, error);
        }
    }
}
