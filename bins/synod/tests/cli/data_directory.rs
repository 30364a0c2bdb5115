//! Data directories that a server cannot use: each is refused with what to do, and left as it is.

use std::{
    fs::{self, Permissions},
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::{
    backup::make_newer,
    synod::{RunResult, Synod},
};

/// A user id without rights.
const NOBODY: u32 = 65_534;

/// Runs a server that refuses its data directory, and returns what it says.
async fn refused(synod: &Synod, data: &str) -> String {
    let arguments = ["serve", "--port", "0", "--data", data];
    let run = synod.run(&arguments);
    let run = timeout(Duration::from_secs(60), run).await.expect("it ends");
    assert_eq!((run.code, &*run.stdout.replace("http://", "")), (1, ""), "{}", run.stderr);
    run.stderr
}

/// Starts a server, and ends it once it serves.
async fn serves(synod: &Synod, data: &str) {
    let mut server = synod.start(&["serve", "--port", "0", "--data", data]);
    let mut lines = BufReader::new(server.stdout.take().expect("a pipe")).lines();
    let line = timeout(Duration::from_secs(60), lines.next_line()).await.expect("an address");
    if line.expect("text").is_none() {
        panic!("it ended: {}", RunResult::of(server).await.stderr);
    }
    server.kill().await.expect("it ran");
}

#[tokio::test]
async fn a_file_is_no_data_directory() {
    let synod = Synod::without_host();
    synod.file("data", "precious");
    let said = refused(&synod, "data").await;
    assert!(said.contains("data is a file; name a directory"), "{said}");
    let below = refused(&synod, "data/below").await;
    assert!(below.contains("data/below"), "{below}");
    assert_eq!(fs::read(synod.folder().join("data")).expect("the file"), b"precious");
    let doctor = synod.run(&["doctor", "--data", "data"]).await;
    assert!(doctor.stdout.contains("!! data: data is a file"), "{}", doctor.stdout);
}

#[tokio::test]
async fn the_directory_of_another_user_is_refused() {
    let synod = Synod::without_host();
    let is_root = fs::metadata("/proc/self").expect("a process").uid() == 0;
    let data = if is_root {
        let data = synod.folder().join("data");
        fs::create_dir(&data).expect("a folder");
        std::os::unix::fs::chown(&data, Some(NOBODY), None).expect("root may");
        data.display().to_string()
    } else {
        "/usr".to_owned()
    };
    let said = refused(&synod, &data).await;
    assert!(said.contains("belongs to the user with id ") && said.contains("chown"), "{said}");
    let doctor = synod.run(&["upgrade-check", "--data", &data]).await;
    assert_eq!(doctor.code, 1, "{}", doctor.stdout);
}

#[tokio::test]
async fn a_read_only_directory_is_refused() {
    let synod = Synod::without_host();
    let data = synod.folder().join("data");
    fs::create_dir(&data).expect("a folder");
    let is_root = fs::metadata("/proc/self").expect("a process").uid() == 0;
    let binary = synod.folder().join("synod");
    let said = if is_root {
        // Root may write everywhere, so another user has to try.
        fs::copy(env!("CARGO_BIN_EXE_synod"), &binary).expect("copied");
        std::os::unix::fs::chown(&data, Some(NOBODY), None).expect("root may");
        fs::set_permissions(synod.folder(), Permissions::from_mode(0o755)).expect("set");
        fs::set_permissions(&data, Permissions::from_mode(0o555)).expect("set");
        let mut command = Command::new(&binary);
        command.args(["serve", "--port", "0", "--data", "data"]).current_dir(synod.folder());
        command.env_clear().env("HOME", synod.folder()).uid(NOBODY).stdin(Stdio::null());
        let run = timeout(Duration::from_secs(60), command.kill_on_drop(true).output()).await;
        String::from_utf8(run.expect("it ends").expect("a process").stderr).expect("UTF-8")
    } else {
        fs::set_permissions(&data, Permissions::from_mode(0o555)).expect("set");
        refused(&synod, "data").await
    };
    assert!(
        said.contains("data is not writable") && said.contains("name another data directory"),
        "{said}"
    );
    assert_eq!(fs::read_dir(&data).expect("a folder").count(), 0, "something was created");
}

#[tokio::test]
async fn databases_of_others_and_of_later_versions_are_refused() {
    let synod = Synod::without_host();
    for name in ["text", "other", "unmarked"] {
        fs::create_dir(synod.folder().join(name)).expect("a folder");
    }
    synod.file("text/synod.db", "a text, and no database at all");
    for (name, application) in [("other", 7), ("unmarked", 0)] {
        let path = synod.folder().join(name).join("synod.db");
        let db = rusqlite::Connection::open(path).expect("a database");
        let sql = format!("PRAGMA application_id = {application}; CREATE TABLE notes (text)");
        db.execute_batch(&sql).expect("made");
    }
    serves(&synod, "newer").await;
    // Closing the database copies its write-ahead log into it.
    make_newer(&synod.folder().join("newer/synod.db"));
    for (data, said) in [
        ("text", "text/synod.db is damaged"),
        (
            "other",
            "other/synod.db is the database of another program, or its header is damaged; name another",
        ),
        ("unmarked", "unmarked/synod.db is the database of another program"),
        ("newer", "written by Synod 9.1.0 and needs version 9.0.0 or later"),
    ] {
        let database = synod.folder().join(data).join("synod.db");
        let before = fs::read(&database).expect("a database");
        let refusal = refused(&synod, data).await;
        assert!(refusal.contains(said), "{data}: {refusal}");
        for command in ["doctor", "upgrade-check", "backup"] {
            let run = synod.run(&[command, "--data", data]).await;
            assert_eq!(run.code, 1, "{command} {data}: {}", run.stdout);
            assert!((run.stdout + &run.stderr).contains(said), "{command} {data}");
        }
        assert_eq!(fs::read(&database).expect("a database"), before, "{data} was changed");
    }
}

/// The text of a lock file of a process that upgrades a store.
fn upgrading(folder: &Path) {
    let line = "pid=4000000 host=elsewhere purpose=upgrade version=0.1.0\n";
    fs::write(folder.join("LOCK"), line).expect("a file");
}

#[tokio::test]
async fn the_lock_of_a_migration_that_died_is_void() {
    let synod = Synod::without_host();
    let data = synod.folder().join("data");
    fs::create_dir(&data).expect("a folder");
    // What the first migration leaves if it is killed before its end.
    synod.file("data/synod.db.new", "");
    upgrading(&data);
    serves(&synod, "data").await;
    upgrading(&data);
    serves(&synod, "data").await;
    let doctor = synod.run(&["doctor", "--data", "data"]).await;
    assert!(doctor.stdout.contains("ok integrity: "), "{}", doctor.stdout);
}

#[tokio::test]
async fn a_migration_under_way_is_named() {
    let synod = Synod::without_host();
    let data = synod.folder().join("data");
    fs::create_dir(&data).expect("a folder");
    upgrading(&data);
    let lock = fs::File::open(data.join("LOCK")).expect("a file");
    lock.lock().expect("a lock");
    let said = refused(&synod, "data").await;
    assert!(said.contains("in use by process 4000000 on elsewhere (upgrade"), "{said}");
    assert!(said.contains("wait until it ends"), "{said}");
    drop(lock);
    serves(&synod, "data").await;
}

#[tokio::test]
async fn two_servers_share_one_directory() {
    let synod = Synod::without_host();
    let mut first = synod.start(&["serve", "--port", "0", "--data", "data"]);
    let mut lines = BufReader::new(first.stdout.take().expect("a pipe")).lines();
    lines.next_line().await.expect("text").expect("an address");
    serves(&synod, "data").await;
    let doctor = synod.run(&["doctor", "--data", "data", "--json"]).await;
    let report: serde_json::Value = serde_json::from_str(&doctor.stdout).expect("JSON");
    let pid = first.id().expect("a process");
    let processes = report["data"]["processes"].as_array().expect("processes");
    assert_eq!(processes.len(), 1, "{report}");
    assert_eq!(processes[0]["pid"], pid, "{report}");
    first.kill().await.expect("it ran");
}

/// A file system of 400 MiB, if this process may mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    async fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir(&at).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=400m", "none"]).arg(&at);
        mount.output().await.is_ok_and(|output| output.status.success()).then(|| Self(at))
    }

    /// Writes a file until nothing more fits.
    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("rest")).expect("a file");
        let chunk = vec![1; 1 << 20];
        while file.write_all(&chunk).is_ok() {}
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the file system goes with its last file.
        let unmounted = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "{} is mounted", self.0.display());
    }
}

/// Runs a test again as the superuser of a namespace of its own, who may mount a file system.
async fn in_user_namespace(test: &str) {
    const IS_IN_ONE: &str = "SYNOD_TEST_IN_USER_NAMESPACE";
    #[expect(clippy::disallowed_methods, reason = "a test reads what it has set for itself")]
    let is_in_one = std::env::var_os(IS_IN_ONE).is_some();
    assert!(!is_in_one, "a user namespace may mount nothing here");
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount"]);
    unshare.arg(std::env::current_exe().expect("this test")).args([test, "--exact"]);
    let output = unshare.env(IS_IN_ONE, "1").output().await.expect("unshare starts");
    assert!(output.status.success(), "run this test as root: {output:?}");
    let ran = String::from_utf8_lossy(&output.stdout);
    assert!(ran.contains("1 passed"), "{ran}");
}

/// Something else has filled the disk: debates can be read, saved elsewhere and deleted all the same.
#[tokio::test]
async fn a_full_disk_keeps_no_command_from_freeing_space() {
    let (synod, _host) = Synod::with_a_debate().await;
    let export = synod.run(&["export", "last", "-o", "debate"]).await;
    assert_eq!(export.code, 0, "{}", export.stderr);
    let Some(disk) = SmallDisk::mount(synod.folder().join("small")).await else {
        return in_user_namespace(
            "data_directory::a_full_disk_keeps_no_command_from_freeing_space",
        )
        .await;
    };
    let import = synod.run(&["import", "debate", "--data", "small/data"]).await;
    assert_eq!(import.code, 0, "{}", import.stderr);
    disk.fill();
    for arguments in [&["list"][..], &["backup", "elsewhere"], &["delete", "last", "--yes"]] {
        let run = synod.run(&[arguments, &["--data", "small/data"]].concat()).await;
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    }
}
