//! Tests that every implementation of [`EventLog`](crate::EventLog) must pass.

mod appending;
mod claiming;
mod creating;
mod faulty;
mod importing;
mod listing;
mod model;
mod partials;
mod purging;
mod reading;
mod records;
mod sample;
mod subscribing;
mod unknown;

use std::sync::Arc;

use synod_domain::ManualClock;

pub use self::{
    faulty::{Faults, FaultyLog, WriteFault},
    records::run_records,
    sample::{closed, initialized},
};
use crate::EventLog;

/// Runs the whole suite. `open` returns an empty log whose leases expire by the given clock.
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// use synod_event_log::{MemoryLog, conformance};
/// conformance::run(async |clock| MemoryLog::new(clock)).await;
/// # }
/// ```
///
/// # Panics
/// If the log breaks its contract.
pub async fn run<L: EventLog + 'static>(open: impl AsyncFn(Arc<ManualClock>) -> L) {
    let log = async || {
        let clock = Arc::new(ManualClock::default());
        let log: Arc<dyn EventLog> = Arc::new(open(Arc::clone(&clock)).await);
        (log, clock)
    };
    creating::run(&log).await;
    appending::run(&log).await;
    reading::run(&log).await;
    subscribing::run(&log).await;
    claiming::run(&log).await;
    listing::run(&log).await;
    importing::run(&log).await;
    purging::run(&log).await;
    partials::run(&log).await;
    unknown::run(&log).await;
    model::run(&log).await;
}

type Log = Arc<dyn EventLog>;

/// Returns an empty log and the clock of its leases.
trait Open: AsyncFn() -> (Log, Arc<ManualClock>) {}

impl<F: AsyncFn() -> (Log, Arc<ManualClock>)> Open for F {}
