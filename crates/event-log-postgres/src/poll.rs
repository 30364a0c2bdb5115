//! The question for new events of other processes.

use std::{sync::Arc, time::Duration};

use synod_domain::DebateId;
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};
use uuid::Uuid;

use crate::{
    database::Database,
    database_error::DatabaseError,
    watched_tails::{Tail, WatchedTails},
};

/// Asks for all debates with subscribers at once, every `interval`, and earlier after a hint.
pub(crate) struct Poll {
    pub(crate) database: Database,
    pub(crate) watched: WatchedTails,
    pub(crate) interval: Duration,
    /// Another process has notified this one.
    pub(crate) hint: Arc<Notify>,
    /// The least time between two questions.
    pub(crate) hint_interval: Duration,
}

impl Poll {
    pub(crate) async fn run(self) {
        let mut is_failing = false;
        loop {
            self.watched.not_empty().await;
            let begun = Instant::now();
            match self.ask().await {
                Ok(()) if is_failing => {
                    is_failing = false;
                    tracing::info!("subscribers get the events of other processes again");
                }
                Ok(()) => {}
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::warn!(%error, "subscribers have to wait for the events of other processes");
                }
                Err(_) => {}
            }
            sleep(self.hint_interval).await;
            tokio::select! {
                () = self.hint.notified() => {}
                () = sleep_until(begun + self.interval) => {}
            }
        }
    }

    async fn ask(&self) -> Result<(), DatabaseError> {
        let ids: Vec<Uuid> = self.watched.ids().iter().map(|id| *id.as_uuid()).collect();
        let select = "SELECT id, last_seq, purged FROM debates WHERE id = ANY ($1)";
        for row in self.database.read(select, &[&ids]).await? {
            let failed = |error| DatabaseError::new(self.database.server(), error);
            let id = DebateId::from_uuid(row.try_get(0).map_err(failed)?);
            let last = row.try_get::<_, i64>(1).map_err(failed)?.unsigned_abs();
            let is_purged = row.try_get(2).map_err(failed)?;
            self.watched.grow(id, if is_purged { Tail::Purged } else { Tail::At(last) });
        }
        Ok(())
    }
}
