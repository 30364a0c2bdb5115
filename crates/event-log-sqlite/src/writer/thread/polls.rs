//! The writes of other processes, for the subscribers of this one.

use super::WriterThread;
use crate::{
    database::data_version,
    debate_row::growth,
    monotonic::{monotonic, since},
};

impl WriterThread {
    /// Looks for debates with subscribers that other processes have appended to.
    pub(super) fn poll(&mut self) {
        let interval = self.setup.options.poll_interval;
        if self.setup.watched.is_empty() || since(self.polled) < interval {
            return;
        }
        self.polled = monotonic();
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
