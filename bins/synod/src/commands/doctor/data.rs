//! Checks the data directory, its disk, the processes that use it, and what it keeps.

use std::{io, path::Path};

use serde::Serialize;
use synod_debate_engine::SystemClock;
use synod_domain::{Clock, Timestamp};
use synod_event_log_sqlite::{Holder, SqliteStore, StoreInspection, StoreOpenError};

use super::{Diagnosis, effect::DataTrouble, finding::Finding};
use crate::{
    backup::BackupSchedule,
    causes::with_causes,
    commands::{count, with_notice},
    config::Config,
    data_args::DataArgs,
    environment::Environment,
    output::Bytes,
    store,
};

/// The free space inside the database that is mentioned, in bytes.
const MENTIONED: u64 = 1 << 20;
/// How many damaged parts get a line.
const SHOWN: usize = 5;

/// The data directory as the JSON report has it.
#[derive(Debug, Default, Serialize)]
pub(super) struct DataReport {
    path: String,
    /// Why it cannot be used.
    error: Option<String>,
    /// Whether anything is kept there.
    exists: bool,
    schema_version: Option<u32>,
    written_by: Option<String>,
    debates: u64,
    running: u64,
    events: u64,
    database_bytes: u64,
    /// How many of them deleted debates have left free.
    free_inside_bytes: u64,
    wal_bytes: u64,
    free_bytes: Option<u64>,
    processes: Vec<ProcessReport>,
    /// What is not as it was written; `None` if not checked.
    damage: Option<Vec<String>>,
    /// The last backup in the directory for backups.
    last_backup: Option<String>,
}

/// A process that uses the directory.
#[derive(Debug, Serialize)]
struct ProcessReport {
    pid: u32,
    host: String,
    purpose: String,
    version: String,
}

/// Checks the directory. Creates nothing in it.
pub(super) async fn check(
    args: &DataArgs,
    config: &Config,
    environment: &Environment,
    diagnosis: &mut Diagnosis,
) -> io::Result<()> {
    let problems = |diagnosis: &Diagnosis| {
        diagnosis.report.findings.iter().filter(|finding| finding.is_problem()).count()
    };
    let before = problems(diagnosis);
    check_directory(args, config, environment, diagnosis).await?;
    diagnosis.data_problems = problems(diagnosis) - before;
    Ok(())
}

async fn check_directory(
    args: &DataArgs,
    config: &Config,
    environment: &Environment,
    diagnosis: &mut Diagnosis,
) -> io::Result<()> {
    if args.data.is_none() && config.log.ephemeral == Some(true) {
        return diagnosis
            .add(Finding::note("data: nothing is kept, because `log.ephemeral` is set"));
    }
    let dir = match store::directory(args, &config.log, environment) {
        Ok(dir) => dir,
        Err(error) => {
            diagnosis.data.push(DataTrouble::Unusable);
            return diagnosis.add(Finding::problem("data", error));
        }
    };
    let mut report = DataReport { path: dir.display().to_string(), ..DataReport::default() };
    match SqliteStore::inspect(&dir) {
        Ok(found) => {
            report.fill(&found);
            if found.free_bytes < found.low_space_bytes {
                diagnosis.data.push(DataTrouble::LowSpace);
            }
            for finding in findings(&found, &dir) {
                diagnosis.add(finding)?;
            }
            let (integrity, trouble) = integrity(&found, &dir, config, &mut report).await;
            diagnosis.data.extend(trouble);
            for finding in integrity {
                diagnosis.add(finding)?;
            }
            let backups = backups(&found, config, &dir, &mut report);
            diagnosis.data.extend(backups.is_problem().then_some(DataTrouble::Backups));
            diagnosis.add(backups)?;
        }
        Err(StoreOpenError::Missing { .. }) => {
            let shown = dir.display();
            diagnosis.add(Finding::note(format!("data: nothing is kept in {shown} yet")))?;
        }
        Err(error) => {
            let error = with_causes(&error);
            diagnosis.data.push(DataTrouble::Unusable);
            diagnosis.add(Finding::problem("data", &error))?;
            report.error = Some(error);
        }
    }
    diagnosis.report.data = Some(report);
    Ok(())
}

impl DataReport {
    fn fill(&mut self, found: &StoreInspection) {
        self.exists = true;
        self.schema_version = Some(found.schema_version);
        self.written_by = Some(found.written_by.clone());
        (self.debates, self.running, self.events) = (found.debates, found.running, found.events);
        (self.database_bytes, self.wal_bytes) = (found.database_bytes, found.wal_bytes);
        self.free_inside_bytes = found.free_inside_bytes;
        self.free_bytes = Some(found.free_bytes);
        self.processes = found.processes.iter().map(ProcessReport::of).collect();
    }
}

impl ProcessReport {
    fn of(holder: &Holder) -> Self {
        let Holder { pid, host, purpose, version } = holder.clone();
        Self { pid, host, purpose, version }
    }
}

fn findings(found: &StoreInspection, dir: &Path) -> Vec<Finding> {
    let (debates, events) = (count(found.debates, "debate"), count(found.events, "event"));
    let size = Bytes(found.database_bytes.saturating_add(found.wal_bytes));
    let running = match found.running {
        0 => String::new(),
        more => format!(", {more} unfinished"),
    };
    let free = match found.free_inside_bytes {
        0..MENTIONED => String::new(),
        free => format!(" ({} of them free for later debates)", Bytes(free)),
    };
    let text = format!("{debates}{running}, {events}, {size}{free} in {}", dir.display());
    let mut findings = vec![Finding::ok("data", text), disk(found)];
    findings.extend(
        found
            .processes
            .iter()
            .map(|process| Finding::note(format!("{process} uses the data directory"))),
    );
    findings
}

fn disk(found: &StoreInspection) -> Finding {
    let free = format!("{} free for data", Bytes(found.free_bytes));
    if found.free_bytes < found.low_space_bytes {
        let text = format!("{free}, and new debates need {}", Bytes(found.low_space_bytes));
        let fix = "free some space, or delete old debates (`synod prune`)";
        return Finding::problem("disk", text).with_fix(fix);
    }
    if !found.has_reserve {
        return Finding::ok("disk", format!("{free}; without the reserve for a full disk"));
    }
    Finding::ok("disk", free)
}

/// Checks every event. Returns what it has found, and the trouble that this is.
async fn integrity(
    found: &StoreInspection,
    dir: &Path,
    config: &Config,
    report: &mut DataReport,
) -> (Vec<Finding>, Option<DataTrouble>) {
    const WHAT: &str = "integrity";
    if found.schema_version < found.current_schema_version {
        let text = "integrity: not checked, because this version would upgrade the database";
        return (vec![Finding::note(text)], None);
    }
    let notice = || format!("checking {}", count(found.events, "event"));
    let options = store::options(&config.log);
    let checked = with_notice(SqliteStore::verify_dir(dir, &options), notice).await;
    let damage = match checked {
        Ok(checked) => checked.damage,
        Err(error) => {
            let is_damage = matches!(error, StoreOpenError::Damaged { .. });
            let trouble =
                if is_damage { DataTrouble::DamagedDatabase } else { DataTrouble::Unusable };
            return (vec![Finding::problem(WHAT, with_causes(&error))], Some(trouble));
        }
    };
    let trouble = match damage.as_slice() {
        [] => None,
        damage if damage.iter().all(|damage| damage.debate.is_some()) => {
            Some(DataTrouble::DamagedDebates)
        }
        [..] => Some(DataTrouble::DamagedDatabase),
    };
    let damage: Vec<_> = damage.iter().map(ToString::to_string).collect();
    let mut findings: Vec<_> =
        damage.iter().take(SHOWN).map(|what| Finding::problem(WHAT, what)).collect();
    if let Some(last) = findings.pop() {
        let more = damage.len().saturating_sub(SHOWN);
        let and_more = if more == 0 { String::new() } else { format!("; {more} more") };
        let fix = "restore a backup, or delete the damaged debates; `synod verify` lists them";
        findings.push(last.with_fix(format!("{fix}{and_more}")));
    } else {
        let events = count(found.events, "event");
        findings.push(Finding::ok(WHAT, format!("{events} as they were written")));
    }
    report.damage = Some(damage);
    (findings, trouble)
}

fn backups(
    found: &StoreInspection,
    config: &Config,
    dir: &Path,
    report: &mut DataReport,
) -> Finding {
    let folder = config.backup.folder(dir);
    let shown = folder.path().display();
    let files = match folder.files() {
        Ok(files) => files,
        Err(error) => {
            return Finding::problem("backups", format!("cannot read {shown}: {error}"))
                .with_fix("make the directory readable, or set `directory` in [backup]");
        }
    };
    let last = files.last().map(|file| file.path.display().to_string());
    report.last_backup.clone_from(&last);
    let last = last.unwrap_or_else(|| format!("none in {shown}"));
    let Some(schedule) = &config.backup.schedule else {
        return Finding::note(format!(
            "backups: {last}; none are scheduled (`schedule` in [backup])"
        ));
    };
    let now = SystemClock::new().now();
    let scheduled = files.iter().rfind(|file| file.is_scheduled).map(|file| file.made);
    if is_late(schedule, scheduled.or(found.first_update), now) {
        let what =
            if scheduled.is_some() { "the last one is late" } else { "none was scheduled in time" };
        return Finding::problem("backups", format!("{what}: {last}"))
            .with_fix("start the server, or look for `scheduled backup` in its log");
    }
    Finding::ok("backups", format!("{last} ({schedule})"))
}

/// Whether a backup should have been made since the last one, or since there is something to back up.
fn is_late(schedule: &BackupSchedule, since: Option<Timestamp>, now: Timestamp) -> bool {
    // One may be missed; the server makes it at its next start.
    since.is_some_and(|since| schedule.next_after(schedule.next_after(since)) < now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(updated: &str) -> (Finding, DataReport) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut config = Config::built_in();
        config.backup.schedule = Some("daily".parse().expect("a schedule"));
        let store = SqliteStore::open(dir.path(), synod_event_log_sqlite::StoreOptions::default());
        drop(store.expect("a store"));
        let mut found = SqliteStore::inspect(dir.path()).expect("a store");
        found.first_update = Some(updated.parse().expect("a time"));
        let mut report = DataReport::default();
        (backups(&found, &config, dir.path(), &mut report), report)
    }

    #[test]
    fn a_schedule_without_any_backup_is_a_problem() {
        let (finding, report) = scene("2020-01-01T00:00:00.000Z");
        let text = format!("{finding:?}");
        assert!(text.contains("none was scheduled in time: none in "), "{text}");
        assert_eq!(report.last_backup, None);
        let (finding, _) = scene(&SystemClock::new().now().to_string());
        assert!(format!("{finding:?}").contains("(daily)"), "{finding:?}");
    }

    #[test]
    fn one_backup_may_be_missed() {
        let (daily, time) = ("daily".parse().expect("a schedule"), |text: &str| text.parse().ok());
        let now = "2026-11-30T12:00:00.000Z".parse().expect("a time");
        assert!(!is_late(&daily, None, now));
        assert!(!is_late(&daily, time("2026-11-29T04:00:00.000Z"), now));
        assert!(is_late(&daily, time("2026-11-28T04:00:00.000Z"), now));
    }
}
