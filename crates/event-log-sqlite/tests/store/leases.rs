use std::time::Duration;

use synod_event_log::{EventLog, Renewal, Worker};
use tempfile::TempDir;

use crate::sample::*;

const HOUR: Duration = Duration::from_secs(3_600);

/// The time since the boot means nothing after the next one.
#[tokio::test]
async fn a_lease_of_an_earlier_boot_has_ended() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).events();
    let id = debate(&log, 3).await;
    let (ann, bob) = (Worker::new("ann"), Worker::new("bob"));
    log.register(&ann, HOUR).await.unwrap();
    log.register(&bob, HOUR).await.unwrap();
    log.claim(id, &ann).await.unwrap().unwrap();
    assert_eq!(log.claim(id, &bob).await.unwrap(), None);

    let db = rusqlite::Connection::open(dir.path().join("synod.db")).unwrap();
    db.execute("UPDATE workers SET boot_id = 'earlier' WHERE name = 'ann'", []).unwrap();
    log.claim(id, &bob).await.unwrap().unwrap();
    assert_eq!(log.renew(&ann, HOUR).await.unwrap(), Renewal::Restarted);
}

#[tokio::test]
async fn a_lease_lasts_without_a_clock_of_the_caller() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).events();
    let ann = Worker::new("ann");
    log.register(&ann, Duration::ZERO).await.unwrap();
    assert_eq!(log.renew(&ann, HOUR).await.unwrap(), Renewal::Restarted);
    assert_eq!(log.renew(&ann, Duration::MAX).await.unwrap(), Renewal::Continued);
    assert_eq!(log.renew(&ann, Duration::MAX).await.unwrap(), Renewal::Continued);
}

#[tokio::test]
async fn lock_files_of_workers_go_with_them() {
    let dir = TempDir::new().unwrap();
    let files = || std::fs::read_dir(dir.path().join("workers")).unwrap().count();
    let store = open(dir.path());
    let log = store.events();
    let (ann, bob) = (Worker::new("ann"), Worker::new("bob"));
    log.register(&ann, HOUR).await.unwrap();
    log.register(&bob, HOUR).await.unwrap();
    assert_eq!(files(), 2);
    log.deregister(&ann).await.unwrap();
    assert_eq!(files(), 1);
    log.register(&Worker::new("bob"), HOUR).await.unwrap();
    assert_eq!(files(), 1);
    drop((store, log));
    assert_eq!(files(), 0);
}
