use std::{
    convert::Infallible,
    io,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use synod_domain::{Clock, Timestamp};
use synod_event_log_sqlite::{BackupError, BackupReport};
use synod_metrics::MetricsRegistry;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{BackupFolder, BackupSchedule};
use crate::causes::with_causes;

/// Time after the start at which a backup that was missed is made.
const AFTER_START: Duration = Duration::from_secs(5);
/// Time after which a backup that failed is tried again, unless the schedule has an earlier one.
const RETRY: Duration = Duration::from_mins(10);
/// How often wall time is read, which may jump while the process waits.
const LOOK: Duration = Duration::from_mins(1);

/// Makes the scheduled backups of a server. A backup that fails is logged and tried again; it never stops
/// the server.
pub(crate) struct BackupScheduler {
    pub(crate) schedule: BackupSchedule,
    pub(crate) folder: BackupFolder,
    pub(crate) keep: NonZeroUsize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<MetricsRegistry>,
}

impl BackupScheduler {
    /// Makes backups with `back_up`, which writes one to a new file.
    pub(crate) async fn run(
        &self,
        back_up: impl AsyncFn(PathBuf) -> Result<BackupReport, BackupError>,
    ) -> Infallible {
        let mut due = self.first_due().await;
        sleep(AFTER_START).await;
        loop {
            let now = self.clock.now();
            if now < due {
                // Earlier only if the clock was set back.
                due = due.min(self.schedule.next_after(now));
                sleep(LOOK.min(Duration::from_millis(due.ms_since(now)))).await;
                continue;
            }
            due = match self.make(now, &back_up).await {
                Ok(Made::Done) | Err(BackupError::Exists { .. }) => {
                    self.schedule.next_after(self.clock.now())
                }
                Ok(Made::ByAnother) => {
                    // It may fail.
                    sleep(LOOK).await;
                    continue;
                }
                Err(error) => {
                    self.metrics.backup_failed();
                    let folder = self.folder.path().display();
                    let advice = match error {
                        BackupError::Damaged { .. } => "earlier backups are kept",
                        BackupError::Exists { .. }
                        | BackupError::NoSpace { .. }
                        | BackupError::Io { .. }
                        | BackupError::Sqlite { .. }
                        | BackupError::Interrupted { .. } => {
                            "check the directory (`backup.directory`), its owner and its free space"
                        }
                    };
                    tracing::error!(
                        "the scheduled backup to {folder} failed: {}; it is tried again within {} minutes; \
                         {advice}",
                        with_causes(&error),
                        RETRY.as_secs() / 60
                    );
                    self.clock.now().after(RETRY)
                }
            };
        }
    }

    /// When the first backup is due: now, if there is no backup yet or one was missed.
    async fn first_due(&self) -> Timestamp {
        let now = self.clock.now();
        let folder = self.folder.clone();
        let last = blocking(move || folder.last_scheduled()).await.unwrap_or_else(|error| {
            tracing::warn!("cannot read {}: {error}", self.folder.path().display());
            None
        });
        let Some(last) = last else { return now };
        self.metrics.backup_found(unix_seconds(last));
        self.schedule.next_after(last.min(now))
    }

    /// Makes the backup that was due, unless another server on the same directory has made it.
    async fn make(
        &self,
        now: Timestamp,
        back_up: &impl AsyncFn(PathBuf) -> Result<BackupReport, BackupError>,
    ) -> Result<Made, BackupError> {
        let began = Instant::now();
        let folder = self.folder.clone();
        let prepared = blocking(move || {
            folder.create()?;
            let Some(lock) = folder.try_lock()? else { return Ok(None) };
            Ok(Some((lock, folder.last_scheduled()?)))
        });
        let path = || self.folder.path().to_owned();
        let prepared = prepared.await.map_err(|source| BackupError::Io { path: path(), source })?;
        // Held until the old ones are deleted.
        let Some((_lock, last)) = prepared else { return Ok(Made::ByAnother) };
        let is_made = |last: &Timestamp| *last <= now && self.schedule.next_after(*last) > now;
        if let Some(last) = last.filter(is_made) {
            self.metrics.backup_found(unix_seconds(last));
            return Ok(Made::Done);
        }
        let BackupReport { path, bytes, debates } = back_up(self.folder.scheduled_at(now)).await?;
        self.metrics.backup_made(unix_seconds(now), began.elapsed());
        tracing::info!(bytes, debates, "scheduled backup: {}", path.display());
        self.delete_old(&path).await;
        Ok(Made::Done)
    }

    async fn delete_old(&self, made: &Path) {
        let (folder, keep, made) = (self.folder.clone(), self.keep, made.to_owned());
        match blocking(move || folder.delete_beyond(keep, &made)).await {
            Ok(deleted) => {
                for path in deleted {
                    tracing::info!("deleted the old backup {}", path.display());
                }
            }
            Err(error) => tracing::error!(
                "old backups in {} cannot be deleted ({error}); make the directory writable, or delete \
                 them by hand",
                self.folder.path().display()
            ),
        }
    }
}

/// Who makes a backup that is due.
enum Made {
    /// This server has made it, or another one on the same directory.
    Done,
    /// Another server is making it.
    ByAnother,
}

/// Runs file operations where they hold up no debate.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

const fn unix_seconds(time: Timestamp) -> i64 {
    time.unix_ms().div_euclid(1_000)
}

#[cfg(test)]
mod tests;
