//! The checks, one function each.

use std::path::Path;

use synod_debate_engine::SystemClock;
use synod_domain::Clock;
use synod_event_log_sqlite::{SqliteStore, StoreInspection, StoreOpenError};
use tokio::task::spawn_blocking;

use super::check::Check;
use crate::{
    backup::BackupFolder,
    causes::with_causes,
    commands::{count, with_notice},
    config::{Config, LogTable},
    kept::age_in_words,
    output::Bytes,
    store,
};

/// How recent a backup must be, in milliseconds.
const RECENT_MS: u64 = 24 * 60 * 60 * 1_000;

pub(super) fn configuration(config: &Config) -> Check {
    let file = config.path.as_ref().map(|path| path.display().to_string());
    let deprecated = config.deprecated();
    let Some(first) = deprecated.first() else {
        return Check::pass("configuration", file.as_deref().unwrap_or("no file, using defaults"));
    };
    Check::fail("configuration", format!("{} will be removed", deprecated.join(", ")))
        .with_fix(format!("replace {first}, as `docs/operations.md` says"))
}

/// A data directory that cannot be opened.
pub(super) fn unusable(error: &StoreOpenError) -> Check {
    let check = Check::fail("data directory", with_causes(error));
    match error {
        StoreOpenError::Missing { .. } => check.with_fix(
            "name the directory of the server with --data; if it keeps nothing, there is nothing to check",
        ),
        StoreOpenError::IsFile { .. }
        | StoreOpenError::BrokenLink { .. }
        | StoreOpenError::DatabaseIsLink { .. }
        | StoreOpenError::NotWritable { .. }
        | StoreOpenError::OtherOwner { .. }
        | StoreOpenError::NetworkFileSystem { .. }
        | StoreOpenError::NoSpace { .. }
        | StoreOpenError::Locked { .. }
        | StoreOpenError::NewerVersion { .. }
        | StoreOpenError::OtherProgram { .. }
        | StoreOpenError::OtherFiles { .. }
        | StoreOpenError::Damaged { .. }
        | StoreOpenError::LogWithoutDatabase { .. }
        | StoreOpenError::Mode { .. }
        | StoreOpenError::Io { .. }
        | StoreOpenError::Sqlite { .. } => check,
    }
}

pub(super) fn data_directory(found: &StoreInspection, dir: &Path) -> Check {
    let (debates, size) = (count(found.debates, "debate"), Bytes(found.database_bytes));
    Check::pass("data directory", format!("{debates} in {}, {size}", dir.display()))
}

pub(super) fn schema(found: &StoreInspection) -> Check {
    let (schema, current) = (found.schema_version, found.current_schema_version);
    let text = format!("version {schema}, written by Synod {}", found.written_by);
    if schema == current {
        return Check::pass("schema", text);
    }
    if schema > current {
        return Check::fail("schema", format!("{text}; this version has {current}"))
            .with_fix("run the check with the version that the server runs");
    }
    Check::fail("schema", format!("{text}; this version upgrades it to {current}"))
        .with_fix("back up with the version that wrote it, start this one once, and check again")
}

pub(super) fn processes(found: &StoreInspection) -> Check {
    let ours = env!("CARGO_PKG_VERSION");
    let others: Vec<_> = found.processes.iter().filter(|other| other.version != ours).collect();
    if let Some(other) = others.first() {
        return Check::fail("processes", format!("{other} uses the directory; this is {ours}"))
            .with_fix("run the check with the version that the server runs");
    }
    match found.processes.as_slice() {
        [] => Check::pass("processes", "no process uses the directory"),
        [process] => Check::pass("processes", format!("stop it before the upgrade: {process}")),
        [first, ..] => {
            let number = found.processes.len();
            Check::pass(
                "processes",
                format!("stop all {number} before the upgrade, among them {first}"),
            )
        }
    }
}

/// Debates that run are no obstacle.
pub(super) fn debates(found: &StoreInspection) -> Check {
    let not_started = found.debates.saturating_sub(found.running + found.finished);
    match found.running {
        0 if not_started > 0 => Check::pass(
            "debates",
            format!("{} not started, which `synod resume` starts", count(not_started, "debate")),
        ),
        0 => Check::pass("debates", "none is unfinished"),
        unfinished => {
            let count = if unfinished == 1 {
                "1 is unfinished and keeps its finished calls".to_owned()
            } else {
                format!("{unfinished} are unfinished and keep their finished calls")
            };
            let then = "after the upgrade a server continues its running debates, and `synod resume` \
                        continues any other";
            Check::pass("debates", format!("{count}; {then}"))
        }
    }
}

pub(super) async fn integrity(found: &StoreInspection, dir: &Path, config: &LogTable) -> Check {
    const NAME: &str = "integrity";
    if found.schema_version != found.current_schema_version {
        return Check::fail(NAME, "not checked, because this version would upgrade the database");
    }
    let notice = || format!("checking {}", count(found.events, "event"));
    let options = store::options(config);
    let report = with_notice(SqliteStore::verify_dir(dir, &options), notice).await;
    let report = match report {
        Ok(report) => report,
        Err(error) => return Check::fail(NAME, with_causes(&error)),
    };
    match report.damage.as_slice() {
        [] => {
            let (debates, events) =
                (count(report.debates, "debate"), count(report.events, "event"));
            Check::pass(NAME, format!("{debates} with {events} are as they were written"))
        }
        [first, rest @ ..] => {
            let more = match rest.len() {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            Check::fail(NAME, format!("{first}{more}")).with_fix(
                "restore a backup, or delete the damaged debates; `synod verify` lists them",
            )
        }
    }
}

/// A migration may write the whole database once more, and has to leave enough for debates.
pub(super) fn free_space(found: &StoreInspection) -> Check {
    let data = found.database_bytes.saturating_add(found.wal_bytes);
    let needed = data.saturating_add(found.low_space_bytes);
    let text = format!("{} free, {} needed", Bytes(found.free_bytes), Bytes(needed));
    if found.free_bytes >= needed {
        return Check::pass("disk", text);
    }
    Check::fail("disk", text).with_fix("free some space, or delete old debates (`synod prune`)")
}

/// The last backup, which is read as a restore reads it.
pub(super) async fn backup(folder: &BackupFolder, config: &LogTable) -> Check {
    const NAME: &str = "backup";
    let shown = folder.path().display();
    let fix = "`synod backup`; if you keep backups elsewhere, make sure that one is recent";
    let files = match folder.files() {
        Ok(files) => files,
        Err(error) => return Check::fail(NAME, format!("cannot read {shown}: {error}")),
    };
    let Some(last) = files.last() else {
        return Check::fail(NAME, format!("{shown} has no backup")).with_fix(fix);
    };
    let now = SystemClock::new().now();
    let text = format!("{}, made {}", last.path.display(), age_in_words(last.made, now));
    let (path, options) = (last.path.clone(), store::options(config));
    let reading = spawn_blocking(move || SqliteStore::check_backup(&path, &options));
    let notice = || format!("checking {}", last.path.display());
    let debates = match with_notice(reading, notice).await {
        Ok(Ok(debates)) => debates,
        Ok(Err(error)) => {
            let error = with_causes(&error);
            let text = format!("the last one cannot be restored: {text}: {error}");
            return Check::fail(NAME, text).with_fix("`synod backup` makes another one");
        }
        Err(error) => return Check::fail(NAME, format!("{text}: {error}")),
    };
    if now.ms_since(last.made) > RECENT_MS {
        return Check::fail(NAME, format!("the last one is older than a day: {text}"))
            .with_fix(fix);
    }
    Check::pass(NAME, format!("{text}, can be restored; it has {}", count(debates, "debate")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debates_that_have_not_started_are_reported() {
        let found = |debates, running| StoreInspection {
            database: "synod.db".into(),
            schema_version: 1,
            current_schema_version: 1,
            written_by: "0.1.0".to_owned(),
            oldest_reader: "0.1.0".to_owned(),
            debates,
            running,
            finished: 1,
            events: 9,
            first_update: None,
            database_bytes: 0,
            free_inside_bytes: 0,
            wal_bytes: 0,
            free_bytes: 0,
            low_space_bytes: 1,
            has_reserve: true,
            processes: Vec::new(),
            workers: Vec::new(),
        };
        let text =
            |debates, running| super::debates(&found(debates, running)).lines(200).join("\n");
        assert_eq!(text(1, 0), "PASS debates: none is unfinished");
        assert!(text(2, 0).contains("1 debate not started"), "{}", text(2, 0));
        assert!(text(2, 1).contains("1 is unfinished"), "{}", text(2, 1));
    }
}
