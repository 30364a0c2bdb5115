//! Exports, imports and verification.

use std::time::Duration;

use synod_domain::{Event, Recorded, Verdict};
use synod_event_log::{
    Batch, EventLog, Worker,
    export::{ExportReader, export_header},
};
use synod_event_log_sqlite::{SqliteStore, StoreOptions};

use crate::{
    kept::User,
    synod::{RunResult, Synod},
};

/// A user with two debates, the second graded, and their export.
async fn exported() -> (User, String) {
    let user = User::new().await;
    user.debate("First?").await;
    user.debate("Second?").await;
    user.synod.run(&["grade", "last", "right"]).await;
    let run = user.synod.run(&["export", "--all"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    (user, run.stdout)
}

fn assert_refused(run: &RunResult, sentence: &str) {
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains(sentence), "{}", run.stderr);
}

#[tokio::test]
async fn an_import_elsewhere_has_the_same_debates_and_grades() {
    let (user, export) = exported().await;
    let elsewhere = Synod::without_host();
    elsewhere.file("export.ndjson", &export);
    let run = elsewhere.run(&["import", "export.ndjson"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("synod: 2 imported; the data directory is "), "{}", run.stderr);
    for arguments in
        [&["list", "--json"][..], &["export", "--all"], &["show", "last", "-o", "ndjson"]]
    {
        let (here, there) = (user.synod.run(arguments).await, elsewhere.run(arguments).await);
        assert_eq!(here.stdout, there.stdout, "{arguments:?}");
    }
    assert_eq!(elsewhere.run(&["verify"]).await.code, 0);
}

#[tokio::test]
async fn an_import_of_what_is_there_changes_nothing() {
    let (user, export) = exported().await;
    let before = user.listed(&[]).await;
    let run = user.synod.run_with(&["import", "-"], export.as_bytes()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stderr.matches(" is kept already, and is left as it is").count(), 2);
    assert!(run.stderr.contains("synod: 2 kept already; "), "{}", run.stderr);
    assert_eq!(user.listed(&[]).await, before);
}

#[tokio::test]
async fn a_truncated_or_changed_export_imports_nothing() {
    let (_user, export) = exported().await;
    let elsewhere = Synod::without_host();
    let lines: Vec<_> = export.split_inclusive('\n').collect();
    let last = lines.len();
    let cut = lines[..last - 1].concat();
    let run = elsewhere.run_with(&["import", "-"], cut.as_bytes()).await;
    assert_refused(&run, &format!("stdin, line {last}: the export is truncated"));
    assert!(run.stderr.ends_with("; nothing was imported\n"), "{}", run.stderr);
    let half = &export[..export.len() - 30];
    let run = elsewhere.run_with(&["import", "-"], half.as_bytes()).await;
    assert_refused(&run, &format!("stdin, line {last}: the export is truncated"));
    let changed = export.replacen("Second?", "Other??", 1);
    let run = elsewhere.run_with(&["import", "-"], changed.as_bytes()).await;
    assert_refused(&run, "the hash of event 1 does not fit");
    assert_refused(&elsewhere.run_with(&["import", "-"], b"").await, "not an export of debates");
    assert_refused(&elsewhere.run(&["import", "nowhere"]).await, "cannot read nowhere");
    assert_refused(&elsewhere.run(&["import", "."]).await, "cannot read .");
    assert!(!elsewhere.folder().join(".local").exists(), "no data directory is created");
}

/// The hashes of the export fit its events, as anybody can compute them.
#[tokio::test]
async fn an_export_of_events_that_break_the_rules_imports_nothing() {
    let (_user, export) = exported().await;
    let debates = ExportReader::new(export.as_bytes()).expect("an export");
    let mut debates: Vec<_> = debates.collect::<Result<_, _>>().expect("a whole export");
    let (_, last) = debates[1].events.last_mut().expect("events");
    let Event::DebateClosed(verdict) = &last.event else { panic!("{last:?}") };
    let verdict = Verdict { votes: verdict.votes - 1, ..(**verdict).clone() };
    let forged = Event::DebateClosed(verdict.into());
    *last = Recorded::new(last.debate_id, last.seq, last.at, forged).into();
    let lines = debates.iter().map(|debate| debate.lines().expect("JSON"));
    let forged = export_header(2, "1").expect("JSON") + &lines.collect::<String>();
    let elsewhere = Synod::without_host();
    let run = elsewhere.run_with(&["import", "-"], forged.as_bytes()).await;
    assert_refused(
        &run,
        &format!("stdin, line {}: debate {}", forged.lines().count(), debates[1].id),
    );
    assert!(run.stderr.ends_with("; nothing was imported\n"), "{}", run.stderr);
    assert!(!elsewhere.folder().join(".local").exists(), "no data directory is created");
}

/// As `synod import <(…)`, of which each byte can be read once.
#[tokio::test]
async fn a_pipe_is_imported_by_its_path() {
    let (user, export) = exported().await;
    let elsewhere = Synod::without_host();
    let run = elsewhere.run_with(&["import", "/dev/stdin"], export.as_bytes()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("synod: 2 imported; "), "{}", run.stderr);
    let again = elsewhere.run(&["export", "--all"]).await;
    assert_eq!(again.stdout, user.synod.run(&["export", "--all"]).await.stdout);
}

#[tokio::test]
async fn an_import_that_fails_says_what_it_has_imported() {
    let (_user, export) = exported().await;
    let debates = ExportReader::new(export.as_bytes()).expect("an export");
    let debates: Vec<_> = debates.collect::<Result<_, _>>().expect("a whole export");
    let elsewhere = Synod::without_host();
    // A process drives the first debate, which has only begun here.
    let dir = elsewhere.folder().join(".local/share/synod");
    let log = SqliteStore::open(&dir, StoreOptions::default()).expect("a store").events();
    let first = Batch::copied(debates[0].id, 0, debates[0].events[..1].to_vec()).expect("small");
    log.create(&first, None).await.expect("new");
    let server = Worker::new("server");
    log.register(&server, Duration::from_secs(3_600)).await.expect("works");
    log.claim(debates[0].id, &server).await.expect("works").expect("a claim");
    let run = elsewhere.run_with(&["import", "-"], export.as_bytes()).await;
    assert_refused(&run, "is driven by a running process; stop it there first");
    assert_refused(&run, "the import was not completed: of 2 debates 1 imported; ");
    assert!(!run.stderr.contains("nothing was imported"), "{}", run.stderr);
    let listed = elsewhere.run(&["list", "--json"]).await.stdout;
    assert!(
        listed.contains(r#""grade":"right""#) || listed.contains(r#""grade": "right""#),
        "{listed}"
    );
}

#[tokio::test]
async fn a_deleted_debate_is_not_imported_again() {
    let (user, export) = exported().await;
    user.synod.run(&["delete", "last", "--yes"]).await;
    let run = user.synod.run_with(&["import", "-"], export.as_bytes()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let sentence = "a deleted debate cannot be imported again; it is skipped";
    assert!(run.stderr.contains(sentence), "{}", run.stderr);
    assert!(run.stderr.contains("synod: 1 kept already, 1 skipped; "), "{}", run.stderr);
    assert_eq!(user.listed(&[]).await.len(), 1);
}

#[tokio::test]
async fn an_export_replaces_no_file_and_leaves_none_behind() {
    let (user, export) = exported().await;
    user.synod.file("old.ndjson", "old");
    let run = user.synod.run(&["export", "last", "-o", "old.ndjson"]).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("old.ndjson exists; name a new file"), "{}", run.stderr);
    assert_refused(
        &user.synod.run(&["export", "last", "-o", "no/where"]).await,
        "cannot write no/where",
    );
    let run = user.synod.run(&["export", "--all", "-o", "new.ndjson"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let written = std::fs::read_to_string(user.synod.folder().join("new.ndjson")).expect("a file");
    assert_eq!(written, export);
    let names = std::fs::read_dir(user.synod.folder()).expect("a folder");
    let parts = names.filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().ends_with(".part")
    });
    assert_eq!(parts.count(), 0);
}

#[tokio::test]
async fn exports_and_kept_debates_are_verified() {
    let (user, export) = exported().await;
    let run = user.synod.run_with(&["verify", "-"], export.as_bytes()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("the export is valid: 2 debates with "), "{}", run.stderr);
    let cut = &export[..export.len() / 2];
    assert_refused(&user.synod.run_with(&["verify", "-"], cut.as_bytes()).await, "truncated");
    let run = user.synod.run(&["verify", "last"]).await;
    assert!(run.code == 0 && run.stdout.starts_with("# Second?\n\n## Verdict\n"), "{}", run.stderr);
    let run = user.synod.run(&["verify", "--all"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains(": 2 debates with ") && run.stderr.contains("all valid"));
    let run = user.synod.run(&["verify", "ffffffff"]).await;
    assert!(run.code == 2 && run.stderr.contains("begins with `ffffffff`"), "{}", run.stderr);
}
