//! Pages that deletions leave free in the database, and their way back to the file system.

use std::{sync::Arc, time::Duration};

use rusqlite::ErrorCode;
use synod_event_log::LogError;

use super::{Stage, WriterThread};
use crate::{
    database::{Checkpoint, Pages, can_shrink, checkpoint, give_pages_back},
    directory::DirectoryLock,
    monotonic::{monotonic, since},
    shrunk::Shrunk,
};

/// How many pages are given back in one transaction, for which other processes wait.
const PAGES_AT_ONCE: u32 = 1_024;
/// How long to wait for readers of an earlier state.
const READERS_WAIT: Duration = Duration::from_millis(500);

impl WriterThread {
    /// Gives all free pages back, as far as other processes and the disk allow.
    pub(super) fn shrink(&mut self) -> Result<Shrunk, LogError> {
        self.check()?;
        let shrunk = self.give_all_back();
        let shrunk = shrunk.map_err(|error| self.classify(Stage::Before, error))?;
        self.check()?;
        Ok(shrunk)
    }

    /// Fails if the store has stopped.
    fn check(&self) -> Result<(), LogError> {
        self.failure.as_ref().map_or(Ok(()), |cause| Err(self.stopped(Arc::clone(cause))))
    }

    fn give_all_back(&mut self) -> rusqlite::Result<Shrunk> {
        let before = Pages::of(&self.setup.db)?;
        let can_shrink = can_shrink(&self.setup.db)?;
        let mut left = before.free;
        if can_shrink && left > 0 && self.copies_all(READERS_WAIT)? {
            while left > 0 && self.failure.is_none() && self.gives_some_back()? {
                self.checkpoint(Checkpoint::Passive);
                left = Pages::of(&self.setup.db)?.free;
            }
            self.copies_all(READERS_WAIT)?;
        }
        let after = Pages::of(&self.setup.db)?;
        Ok(Shrunk {
            given_back: after.bytes(before.all.saturating_sub(after.all)),
            free_inside: after.bytes(after.free),
            can_shrink,
        })
    }

    /// Gives some pages back, if any were freed, and the next ones as if this had been a write.
    pub(super) fn shrink_when_idle(&mut self) {
        if !self.has_purged || self.failure.is_some() {
            return;
        }
        match self.begins_to_shrink() {
            Ok(goes_on) => {
                self.has_purged = goes_on;
                self.last_write = goes_on.then(monotonic);
            }
            Err(error) => {
                // The error is reported by the next write.
                let _ = self.classify(Stage::Before, error);
            }
        }
    }

    /// Returns whether there is more to give back.
    fn begins_to_shrink(&mut self) -> rusqlite::Result<bool> {
        if !can_shrink(&self.setup.db)? || Pages::of(&self.setup.db)?.free == 0 {
            return Ok(false);
        }
        Ok(!self.copies_all(Duration::ZERO)? || self.gives_some_back()?)
    }

    /// Gives some pages back. Returns whether it did: not while another process writes, or on a full disk.
    fn gives_some_back(&mut self) -> rusqlite::Result<bool> {
        match give_pages_back(&self.setup.db, PAGES_AT_ONCE) {
            Ok(()) => Ok(true),
            Err(error) if self.is_of_others(&error) => {
                self.roll_back();
                tracing::warn!(%error, "the database has not become smaller");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether something outside of the store has caused an error, which is no fault of the store.
    fn is_of_others(&self, error: &rusqlite::Error) -> bool {
        use ErrorCode::{DatabaseBusy, DiskFull};
        matches!(error.sqlite_error_code(), Some(DatabaseBusy | DiskFull))
            || self.has_met_quota(error)
    }

    /// Copies the whole write-ahead log into the database: deleted text is overwritten in its place before the
    /// file ends earlier. Returns whether it did: not while others read an earlier state.
    fn copies_all(&self, wait: Duration) -> rusqlite::Result<bool> {
        let (lock_wait, start) = (self.setup.options.lock_wait, monotonic());
        loop {
            if checkpoint(&self.setup.db, Checkpoint::Passive, lock_wait)? {
                return Ok(true);
            }
            if since(start) >= wait {
                return Ok(false);
            }
            std::thread::sleep(DirectoryLock::PAUSE);
        }
    }
}
