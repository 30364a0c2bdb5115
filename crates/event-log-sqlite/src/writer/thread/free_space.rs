//! The free space of the disk, and the reserve.

use std::time::Duration;

use synod_event_log::LogError;

use super::WriterThread;
use crate::{
    monotonic::{monotonic, since},
    reserve::Reserve,
    space::shortage,
};

/// How often the free space is looked at.
const SPACE_INTERVAL: Duration = Duration::from_secs(1);

impl WriterThread {
    /// Deletes the reserve, so that running debates can be paused.
    pub(super) fn make_room(&mut self) {
        self.note_space(Some(LogError::Full));
        match Reserve::at(&self.setup.dir).release() {
            Ok(true) => {
                tracing::warn!("the disk is full; the reserve of the event store was deleted");
            }
            Ok(false) => tracing::error!("the disk is full, and there is no reserve to delete"),
            Err(error) => {
                tracing::error!(%error, "the disk is full; the reserve cannot be deleted");
            }
        }
    }

    pub(super) fn look_at_space(&mut self) {
        if self.space_seen.is_some_and(|seen| since(seen) < SPACE_INTERVAL) {
            return;
        }
        self.space_seen = Some(monotonic());
        let (dir, options) = (&self.setup.dir, &self.setup.options);
        match shortage(dir, options) {
            Ok(None) if !self.has_no_reserve => {
                if let Err(error) = Reserve::at(dir).make(options) {
                    tracing::warn!(%error, "the reserve for a full disk could not be made");
                    self.has_no_reserve = true;
                }
                self.note_space(None);
            }
            Ok(found) => self.note_space(found),
            Err(error) => {
                tracing::warn!(%error, "the free space of {} is unknown", dir.path().display());
                self.note_space(None);
            }
        }
    }

    pub(super) fn note_space(&mut self, shortage: Option<LogError>) {
        let is_low = shortage.is_some();
        let is_new = |known: &mut bool| std::mem::replace(known, is_low) != is_low;
        if self.setup.health.is_low.send_if_modified(is_new) {
            let dir = self.setup.dir.path().display();
            match &shortage {
                Some(shortage) => tracing::warn!("little space is left for {dir}: {shortage}"),
                None => tracing::info!("enough space is free for {dir} again"),
            }
        }
        self.shortage = shortage;
    }
}
