use std::sync::Arc;

use parking_lot::Mutex;
use synod_domain::ManualClock;
use synod_event_log::conformance;
use synod_event_log_sqlite::{SqliteLog, SqliteStore, StoreOptions};
use tempfile::TempDir;

/// An empty store whose leases last by a clock.
fn open(dirs: &Mutex<Vec<TempDir>>, clock: Arc<ManualClock>) -> SqliteLog {
    let dir = TempDir::new().unwrap();
    let options = StoreOptions { clock: Some(clock), reserve_bytes: 0, ..StoreOptions::default() };
    let store = SqliteStore::open(dir.path(), options).unwrap();
    dirs.lock().push(dir);
    store.events()
}

#[tokio::test(start_paused = true)]
async fn the_log_conforms() {
    let dirs = Mutex::default();
    conformance::run(async |clock| open(&dirs, clock)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_conforms_on_several_threads() {
    let dirs = Mutex::default();
    conformance::run(async |clock| open(&dirs, clock)).await;
}

#[tokio::test]
async fn records_conform() {
    let dir = TempDir::new().unwrap();
    let options = StoreOptions { reserve_bytes: 0, ..StoreOptions::default() };
    let store = SqliteStore::open(dir.path(), options).unwrap();
    conformance::run_records(&store.records()).await;
}
