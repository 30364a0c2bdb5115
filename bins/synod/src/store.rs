//! The place where debates, agents and tasks are kept.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use synod_debate_engine::{DebateHub, Settings, SystemClock};
use synod_domain::PauseReason;
use synod_event_log::{EventLog, MemoryLog, MemoryRecords, RecordStore, Takeover};
use synod_event_log_sqlite::{SqliteStore, StoreError, StoreOpenError, StoreOptions};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    CliError,
    bounded_read::expand_tilde,
    config::LogTable,
    data_args::{DataArgs, KeepArgs},
    environment::Environment,
};

/// How often debates are paused while little space is left.
const PAUSE_INTERVAL: Duration = Duration::from_secs(2);

/// A store of this process.
pub(crate) struct Store {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) records: Arc<dyn RecordStore>,
    /// `None` if nothing is kept.
    pub(crate) kept: Option<SqliteStore>,
}

impl Store {
    /// Opens the data directory, and creates it if it is missing. Without one (`--ephemeral`), everything
    /// is lost when the process ends.
    ///
    /// # Errors
    /// [`CliError::Usage`] if there is no default for the directory, [`CliError::Store`].
    pub(crate) fn open(
        args: &KeepArgs,
        config: &LogTable,
        environment: &Environment,
    ) -> Result<Self, CliError> {
        let is_ephemeral =
            args.ephemeral || args.data.data.is_none() && config.ephemeral == Some(true);
        if is_ephemeral {
            return Ok(Self::in_memory());
        }
        Ok(Self::kept(SqliteStore::open(
            &directory(&args.data, config, environment)?,
            options(config),
        )?))
    }

    /// Opens a data directory that exists, to read and change what it keeps.
    ///
    /// # Errors
    /// [`CliError::Store`], among them [`StoreOpenError::Missing`].
    pub(crate) fn existing(
        args: &DataArgs,
        config: &LogTable,
        environment: &Environment,
    ) -> Result<SqliteStore, CliError> {
        let path = directory(args, config, environment)?;
        // Nothing is created only because it was looked for.
        match SqliteStore::inspect(&path) {
            // There is a database, and opening it uses the reserve: what frees space has to work.
            Ok(_) | Err(StoreOpenError::NoSpace { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(SqliteStore::open(&path, options(config))?)
    }

    pub(crate) fn in_memory() -> Self {
        let log = Arc::new(MemoryLog::new(Arc::new(SystemClock::new())));
        Self { log, records: Arc::new(MemoryRecords::default()), kept: None }
    }

    /// The store of an open data directory.
    pub(crate) fn kept(store: SqliteStore) -> Self {
        Self {
            log: Arc::new(store.events()),
            records: Arc::new(store.records()),
            kept: Some(store),
        }
    }

    /// Whether another process that uses the store now has this name, as [`engine_settings`] makes it.
    ///
    /// # Errors
    /// [`CliError::Store`].
    pub(crate) fn other_processes(&self) -> Result<impl Fn(&str) -> bool, CliError> {
        let others = self.kept.as_ref().map_or(Ok(Vec::new()), SqliteStore::processes)?;
        let ids = others.into_iter().map(|process| process.pid);
        // An ended process may have had the id of this one: in a container it is always the same.
        let ids: Vec<_> = ids.filter(|id| *id != std::process::id()).collect();
        Ok(move |name: &str| ids.iter().any(|id| name.contains(&format!(" {id} "))))
    }

    /// The data directory.
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.kept.as_ref().map(SqliteStore::dir)
    }

    /// Pauses the debates of this process whenever little space is left on the disk, so that no result
    /// is lost, and those that it takes over meanwhile.
    pub(crate) async fn pause_when_full(&self, debates: &DebateHub) -> Infallible {
        if let Some(store) = &self.kept {
            let mut low = store.low_on_space();
            while low.wait_for(|low| *low).await.is_ok() {
                let why = store.events().check_ready().await.err();
                let why = why.map_or_else(|| "the disk is full".to_owned(), |why| why.to_string());
                let dir = store.dir().display();
                tracing::error!("running debates are paused for lack of space in {dir}: {why}");
                loop {
                    debates.pause_driven(PauseReason::DiskFull).await;
                    let has_space = timeout(PAUSE_INTERVAL, low.wait_for(|low| !*low)).await;
                    if has_space.is_ok() {
                        break;
                    }
                }
            }
        }
        std::future::pending().await
    }

    /// Returns the cause once the store has stopped after a failed write.
    pub(crate) async fn failed(&self) -> CliError {
        match &self.kept {
            Some(store) => {
                let (path, cause) = (store.dir().to_owned(), store.failed().await);
                match cause.downcast_ref() {
                    Some(StoreError::Gone { .. }) => {
                        CliError::Failed(format!("{cause}; nothing more is accepted"))
                    }
                    Some(_) | None => CliError::StoreFailed { path, cause },
                }
            }
            None => std::future::pending().await,
        }
    }

    /// The cause if the store has stopped after a failed write.
    pub(crate) fn failure(&self) -> Option<CliError> {
        self.failed().now_or_never()
    }
}

/// How this process drives debates. Its name is its own among those that use the store.
pub(crate) fn engine_settings(command: &str, takeover: Takeover) -> Settings {
    Settings { worker: worker_name(command), takeover, ..Settings::default() }
}

/// The name under which this process claims debates.
pub(crate) fn worker_name(command: &str) -> String {
    // The end of an id of this version is random.
    let unique = &Uuid::now_v7().simple().to_string()[24..];
    format!("synod {command} {} {unique}", std::process::id())
}

/// The data directory.
///
/// # Errors
/// [`CliError::Usage`] if neither a flag nor the configuration names it, and the user has no home.
pub(crate) fn directory(
    args: &DataArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<PathBuf, CliError> {
    let configured = args.data.as_ref().or(config.data.as_ref());
    let path = configured.or(environment.data.as_ref()).ok_or_else(|| {
        CliError::Usage("this user has no home directory; name a directory with --data".to_owned())
    })?;
    Ok(expand_tilde(path).into_owned())
}

/// The settings of the store.
pub(crate) fn options(config: &LogTable) -> StoreOptions {
    let allow_network_fs = config.allow_network_fs.unwrap_or_default();
    StoreOptions { allow_network_fs, ..StoreOptions::default() }
}

impl From<StoreOpenError> for CliError {
    fn from(error: StoreOpenError) -> Self {
        Self::Store(error)
    }
}
