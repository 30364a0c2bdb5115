use std::{
    cell::{Cell, RefCell},
    fs,
    sync::atomic::{AtomicI64, Ordering},
};

use tempfile::TempDir;

use super::*;

/// A clock that follows tokio's, and jumps.
struct JumpingClock {
    start: Instant,
    /// The wall time at the start, plus all jumps.
    offset_ms: AtomicI64,
}

impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        let offset = Timestamp::from_unix_ms(self.offset_ms.load(Ordering::SeqCst));
        offset.after(self.start.elapsed())
    }
}

struct Scene {
    folder: TempDir,
    clock: Arc<JumpingClock>,
    metrics: Arc<MetricsRegistry>,
    scheduler: BackupScheduler,
    /// The times of the attempts, to the second.
    attempts: RefCell<Vec<String>>,
    fails: Cell<bool>,
}

impl Scene {
    fn new(schedule: &str, keep: usize, now: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let now: Timestamp = now.parse().expect(now);
        let offset_ms = AtomicI64::new(now.unix_ms());
        let clock = Arc::new(JumpingClock { start: Instant::now(), offset_ms });
        let metrics = Arc::new(MetricsRegistry::new("1"));
        let scheduler = BackupScheduler {
            schedule: schedule.parse().expect(schedule),
            folder: BackupFolder::at(&folder.path().join("backups")),
            keep: NonZeroUsize::new(keep).expect("1 or more"),
            clock: Arc::clone(&clock) as _,
            metrics: Arc::clone(&metrics),
        };
        let (attempts, fails) = (RefCell::default(), Cell::new(false));
        Self { folder, clock, metrics, scheduler, attempts, fails }
    }

    fn has_backup_of(self, time: &str) -> Self {
        self.scheduler.folder.create().expect("created");
        let path = self.scheduler.folder.scheduled_at(time.parse().expect(time));
        fs::write(path, "x").expect("a file");
        self
    }

    fn jump(&self, ms: i64) {
        self.clock.offset_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Lets the scheduler run, with another task beside it.
    async fn run(&self, beside: impl Future<Output = ()>) {
        let never = self.scheduler.run(async |path: PathBuf| {
            self.attempts.borrow_mut().push(self.clock.now().to_string()[..19].to_owned());
            if self.fails.get() {
                return Err(BackupError::NoSpace { path });
            }
            fs::write(&path, "x").expect("a file");
            Ok(BackupReport { path, bytes: 1, debates: 0 })
        });
        tokio::select! {
            never = never => match never {},
            () = beside => {}
        }
    }

    async fn run_for(&self, hours: u64) {
        self.run(sleep(Duration::from_hours(hours))).await;
    }

    fn attempts(&self) -> Vec<String> {
        self.attempts.borrow().clone()
    }

    fn names(&self) -> Vec<String> {
        let files = self.scheduler.folder.files().expect("files");
        let name = |path: &Path| path.file_name().unwrap_or_default().display().to_string();
        files.iter().map(|file| name(&file.path)).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn backups_are_made_on_time_and_old_ones_deleted() {
    let scene = Scene::new("daily", 2, "2026-11-30T12:00:00.000Z");
    let scene = scene.has_backup_of("2026-11-30T03:00:00.000Z");
    scene.run_for(24 * 3).await;
    assert_eq!(
        scene.attempts(),
        ["2026-12-01T03:00:00", "2026-12-02T03:00:00", "2026-12-03T03:00:00"]
    );
    assert_eq!(
        scene.names(),
        ["synod-scheduled-20261202T030000Z.db", "synod-scheduled-20261203T030000Z.db"]
    );
    let text = scene.metrics.to_text(Duration::ZERO);
    assert!(text.contains("synod_backup_last_success_timestamp_seconds 1796266800\n"), "{text}");
    assert!(text.contains("synod_backups_total{outcome=\"success\"} 3\n"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_backup_missed_before_the_start_is_made_soon_after_it() {
    let scene = Scene::new("daily", 7, "2026-11-30T12:00:00.000Z");
    let scene = scene.has_backup_of("2026-11-27T03:00:00.000Z");
    scene.run_for(1).await;
    assert_eq!(scene.attempts(), ["2026-11-30T12:00:05"]);
}

#[tokio::test(start_paused = true)]
async fn the_first_backup_is_made_soon_after_the_start() {
    let scene = Scene::new("weekly", 7, "2026-11-30T12:00:00.000Z");
    scene.run_for(48).await;
    assert_eq!(scene.attempts(), ["2026-11-30T12:00:05"]);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_fails_is_tried_again_and_deletes_nothing() {
    let scene = Scene::new("daily", 1, "2026-11-30T12:00:00.000Z");
    let scene = scene.has_backup_of("2026-11-20T03:00:00.000Z");
    scene.fails.set(true);
    let mended = async {
        sleep(Duration::from_mins(15)).await;
        assert_eq!(scene.names(), ["synod-scheduled-20261120T030000Z.db"]);
        let text = scene.metrics.to_text(Duration::ZERO);
        assert!(text.contains("synod_backups_total{outcome=\"failure\"} 2\n"), "{text}");
        scene.fails.set(false);
        sleep(Duration::from_mins(45)).await;
    };
    scene.run(mended).await;
    let expected = ["2026-11-30T12:00:05", "2026-11-30T12:10:05", "2026-11-30T12:20:05"];
    assert_eq!(scene.attempts(), expected);
    assert_eq!(scene.names(), ["synod-scheduled-20261130T122005Z.db"]);
}

#[tokio::test(start_paused = true)]
async fn a_directory_that_cannot_be_made_is_a_failed_backup() {
    let scene = Scene::new("hourly", 1, "2026-11-30T12:00:00.000Z");
    fs::write(scene.folder.path().join("backups"), "").expect("a file");
    scene.run_for(1).await;
    assert_eq!(scene.attempts(), Vec::<String>::new());
    let text = scene.metrics.to_text(Duration::ZERO);
    assert!(text.contains("synod_backups_total{outcome=\"failure\"}"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_back_or_forth_costs_no_backup() {
    let hour = 3_600_000;
    let scene = Scene::new("daily", 7, "2026-12-01T02:30:00.000Z");
    let scene = scene.has_backup_of("2026-11-30T03:00:00.000Z");
    let jumps = async {
        sleep(Duration::from_mins(10)).await;
        scene.jump(hour);
        sleep(Duration::from_mins(5)).await;
        assert_eq!(scene.attempts(), ["2026-12-01T03:40:05"], "it looks once a minute");
        scene.jump(-48 * hour);
        sleep(Duration::from_hours(24)).await;
    };
    scene.run(jumps).await;
    assert_eq!(scene.attempts()[1..], ["2026-11-30T03:00:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_backup_dated_in_the_future_holds_none_up() {
    let scene = Scene::new("daily", 7, "2026-11-30T12:00:00.000Z");
    let scene = scene.has_backup_of("2099-01-01T00:00:00.000Z");
    scene.run_for(24).await;
    assert_eq!(scene.attempts(), ["2026-12-01T03:00:00"]);
}

#[tokio::test(start_paused = true)]
async fn of_two_servers_on_one_directory_one_makes_each_backup() {
    let scene = Scene::new("daily", 7, "2026-12-01T02:30:00.000Z");
    let scene = scene.has_backup_of("2026-11-30T03:00:00.000Z");
    let other = async {
        sleep(Duration::from_secs(30 * 60 - 1)).await;
        let other = "2026-12-01T03:00:00.000Z".parse().expect("a time");
        fs::write(scene.scheduler.folder.scheduled_at(other), "x").expect("a file");
        sleep(Duration::from_hours(12)).await;
    };
    scene.run(other).await;
    assert_eq!(scene.attempts(), Vec::<String>::new());
    assert_eq!(scene.names().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_servers_whose_clocks_agree_make_one_backup() {
    let scene = Scene::new("daily", 7, "2026-12-01T02:30:00.000Z");
    let scene = scene.has_backup_of("2026-11-30T03:00:00.000Z");
    let back_up = async |path: PathBuf| {
        scene.attempts.borrow_mut().push(scene.clock.now().to_string()[..19].to_owned());
        sleep(Duration::from_mins(5)).await;
        fs::write(&path, "x").expect("a file");
        Ok(BackupReport { path, bytes: 1, debates: 0 })
    };
    tokio::select! {
        never = scene.scheduler.run(&back_up) => match never {},
        never = scene.scheduler.run(&back_up) => match never {},
        () = sleep(Duration::from_hours(20)) => {}
    }
    assert_eq!(scene.attempts(), ["2026-12-01T03:00:00"]);
    assert_eq!(scene.names().len(), 2);
}

/// The one that has the lock may fail or be killed.
#[tokio::test(start_paused = true)]
async fn a_server_takes_over_the_backup_that_another_did_not_finish() {
    let scene = Scene::new("daily", 7, "2026-12-01T02:30:00.000Z");
    let scene = scene.has_backup_of("2026-11-30T03:00:00.000Z");
    let lock = scene.scheduler.folder.try_lock().expect("a folder").expect("free");
    let other = async {
        sleep(Duration::from_secs(35 * 60 + 30)).await;
        assert_eq!(scene.attempts(), Vec::<String>::new());
        drop(lock);
        sleep(Duration::from_mins(5)).await;
    };
    scene.run(other).await;
    assert_eq!(scene.attempts(), ["2026-12-01T03:06:00"]);
}
