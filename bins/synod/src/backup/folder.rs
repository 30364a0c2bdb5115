use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use synod_domain::Timestamp;
use synod_event_log_sqlite::create_private_dirs;

/// The directory of backups.
///
/// Their names say when they were made and who made them: `synod-scheduled-20261130T030000Z.db` is a
/// scheduled one, `synod-20261130T110500Z.db` was made with `synod backup`. Other files are never touched.
#[derive(Clone, Debug)]
pub(crate) struct BackupFolder(PathBuf);

/// A backup in the directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BackupFile {
    /// When it was made, to the second.
    pub(crate) made: Timestamp,
    /// Whether the server made it, so that it may be deleted.
    pub(crate) is_scheduled: bool,
    pub(crate) path: PathBuf,
}

/// The time after which an unfinished backup was left by a process that was killed.
const ABANDONED_AFTER: Duration = Duration::from_hours(24);

const PREFIX: &str = "synod-";
const SCHEDULED: &str = "scheduled-";
const SUFFIX: &str = "Z.db";

impl BackupFolder {
    /// The directory at this path, which may be missing.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Creates the directory if it is missing, so that it survives a power failure as its backups do.
    pub(crate) fn create(&self) -> io::Result<()> {
        create_private_dirs(&self.0)
    }

    /// Locks the directory for the process that makes a scheduled backup, until the file is dropped. Returns
    /// `None` while another process has the lock.
    pub(crate) fn try_lock(&self) -> io::Result<Option<File>> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.0.join(".lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            // Some file systems have no locks. A backup never replaces another one there either.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                Ok(Some(file))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The path of a scheduled backup.
    pub(crate) fn scheduled_at(&self, time: Timestamp) -> PathBuf {
        self.0.join(format!("{PREFIX}{SCHEDULED}{}{SUFFIX}", stamp(time)))
    }

    /// The path of a backup that a person makes: that of the first second from now on that has none.
    pub(crate) fn requested_at(&self, mut time: Timestamp) -> PathBuf {
        loop {
            let path = self.0.join(format!("{PREFIX}{}{SUFFIX}", stamp(time)));
            if path.symlink_metadata().is_err() {
                return path;
            }
            time = time.after(Duration::from_secs(1));
        }
    }

    /// The backups, the earliest first; none without the directory.
    pub(crate) fn files(&self) -> io::Result<Vec<BackupFile>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some((made, is_scheduled)) = name.to_str().and_then(parse) else { continue };
            // Neither directories nor symbolic links.
            if entry.file_type()?.is_file() {
                files.push(BackupFile { made, is_scheduled, path: entry.path() });
            }
        }
        files.sort();
        Ok(files)
    }

    /// The time of the last scheduled backup.
    pub(crate) fn last_scheduled(&self) -> io::Result<Option<Timestamp>> {
        Ok(self.files()?.into_iter().rfind(|file| file.is_scheduled).map(|file| file.made))
    }

    /// Deletes the earliest scheduled backups, so that `keep` are left, and what is left of those that a
    /// process did not finish. The caller has the [lock](Self::try_lock). The one at `made` was just made, and
    /// is kept whatever the dates of the others say.
    pub(crate) fn delete_beyond(
        &self,
        keep: NonZeroUsize,
        made: &Path,
    ) -> io::Result<Vec<PathBuf>> {
        let mut others = self.files()?;
        others.retain(|file| file.is_scheduled && file.path != made);
        let surplus = (others.len() + 1).saturating_sub(keep.get());
        let mut deleted: Vec<_> = others.into_iter().take(surplus).map(|file| file.path).collect();
        let last = self.last_scheduled()?;
        deleted.extend(self.unfinished(|begun, is_scheduled| {
            // A server of an earlier version, which takes no lock, may still write a later one.
            last.is_some_and(|last| begun < last && (is_scheduled || is_abandoned(begun, last)))
        })?);
        delete(&deleted)?;
        Ok(deleted)
    }

    /// Deletes what is left of backups that processes were killed in, after one was made.
    pub(crate) fn delete_abandoned(&self, now: Timestamp) -> io::Result<()> {
        delete(&self.unfinished(|begun, _| is_abandoned(begun, now))?)
    }

    /// The files of unfinished backups, begun at a time, scheduled or not, that `is_left` accepts.
    fn unfinished(&self, is_left: impl Fn(Timestamp, bool) -> bool) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name();
            let begun = name.to_str().and_then(begun);
            if begun.is_some_and(|(begun, is_scheduled)| is_left(begun, is_scheduled))
                && entry.file_type()?.is_file()
            {
                files.push(entry.path());
            }
        }
        Ok(files)
    }
}

fn delete(files: &[PathBuf]) -> io::Result<()> {
    for path in files {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whether a backup that was begun so long ago is written by no process any more.
fn is_abandoned(begun: Timestamp, now: Timestamp) -> bool {
    begun.after(ABANDONED_AFTER) < now
}

/// The time in the name of a file, such as `20261130T030000`.
fn stamp(time: Timestamp) -> String {
    let seconds = time.to_string();
    seconds.chars().take("2026-11-30T03:00:00".len()).filter(|c| !"-:".contains(*c)).collect()
}

/// As [`parse`], in the name of a backup while it is written: `.NAME.ID.partial`.
fn begun(name: &str) -> Option<(Timestamp, bool)> {
    let (name, _) = name.strip_prefix('.')?.strip_suffix(".partial")?.rsplit_once('.')?;
    parse(name)
}

/// The time in a name and whether it is that of a scheduled backup.
fn parse(name: &str) -> Option<(Timestamp, bool)> {
    let rest = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (rest, is_scheduled) = match rest.strip_prefix(SCHEDULED) {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (date, time) = rest.split_once('T')?;
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 8 || time.len() != 6 || !are_digits(date) || !are_digits(time) {
        return None;
    }
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    let (hour, minute, second) = (&time[..2], &time[2..4], &time[4..]);
    let made = format!("{year}-{month}-{day}T{hour}:{minute}:{second}.000Z").parse().ok()?;
    Some((made, is_scheduled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn names_hold_the_time_and_the_maker() {
        let folder = BackupFolder::at("b".as_ref());
        let at = time("2026-11-30T03:00:00.250Z");
        let scheduled = folder.scheduled_at(at);
        assert_eq!(scheduled, Path::new("b/synod-scheduled-20261130T030000Z.db"));
        assert_eq!(folder.requested_at(at), Path::new("b/synod-20261130T030000Z.db"));
        let whole = time("2026-11-30T03:00:00.000Z");
        assert_eq!(parse("synod-scheduled-20261130T030000Z.db"), Some((whole, true)));
        assert_eq!(parse("synod-20261130T030000Z.db"), Some((whole, false)));
    }

    #[test]
    fn only_its_own_scheduled_backups_are_deleted() {
        let folder = tempfile::tempdir().expect("a folder");
        let backups = BackupFolder::at(folder.path());
        let others = [
            "notes.txt",
            "synod-20200101T000000Z.db",
            "synod-scheduled-.db",
            "synod-scheduled-20200101T000000Z.db.old",
            "synod-scheduled-20200101T000000Z.db-wal",
            "synod-scheduled-20201301T000000Z.db",
            "synod-scheduled-2020010T0000000Z.db",
            "synod.db",
        ];
        for name in others {
            fs::write(folder.path().join(name), "x").expect("a file");
        }
        fs::create_dir(folder.path().join("synod-scheduled-20200102T000000Z.db"))
            .expect("a folder");
        let times = (1..=5).map(|day| time(&format!("2026-11-0{day}T03:00:00.000Z")));
        let made: Vec<_> = times.map(|time| backups.scheduled_at(time)).collect();
        for path in &made {
            fs::write(path, "x").expect("a file");
        }
        let keep = NonZeroUsize::new(2).expect("2");
        let deleted = backups.delete_beyond(keep, &made[4]).expect("deleted");
        assert_eq!(deleted, made[..3]);
        let left = names(folder.path());
        assert_eq!(left.len(), others.len() + 1 + 2, "{left:?}");
        assert!(others.iter().all(|name| left.contains(&(*name).to_owned())), "{left:?}");
    }

    #[test]
    fn an_unfinished_backup_is_deleted_once_a_later_one_is_complete() {
        let folder = tempfile::tempdir().expect("a folder");
        let backups = BackupFolder::at(folder.path());
        let made = backups.scheduled_at(time("2026-11-30T03:00:00.000Z"));
        let [earlier, later, by_hand, abandoned, other] = [
            ".synod-scheduled-20261129T030000Z.db.0193.partial",
            ".synod-scheduled-20261130T030001Z.db.0193.partial",
            ".synod-20261129T030000Z.db.0193.partial",
            ".synod-20261129T025959Z.db.0193.partial",
            ".notes-20261129T025959Z.db.0193.partial",
        ]
        .map(|name| folder.path().join(name));
        for path in [&made, &earlier, &later, &by_hand, &abandoned, &other] {
            fs::write(path, "x").expect("a file");
        }
        let mut deleted = backups.delete_beyond(NonZeroUsize::MAX, &made).expect("deleted");
        deleted.sort();
        assert_eq!(deleted, [abandoned, earlier]);
        assert!(made.exists() && later.exists() && by_hand.exists() && other.exists());
        let day_later = |ms: &str| time(&format!("2026-11-30T03:00:00.{ms}Z"));
        backups.delete_abandoned(day_later("000")).expect("deleted");
        assert!(by_hand.exists(), "it may still be written");
        backups.delete_abandoned(day_later("001")).expect("deleted");
        assert!(made.exists() && later.exists() && !by_hand.exists() && other.exists());
    }

    #[test]
    fn the_backup_just_made_stays_beside_one_from_the_future() {
        let folder = tempfile::tempdir().expect("a folder");
        let backups = BackupFolder::at(folder.path());
        let future = backups.scheduled_at(time("2099-01-01T00:00:00.000Z"));
        let made = backups.scheduled_at(time("2026-11-30T03:00:00.000Z"));
        for path in [&future, &made] {
            fs::write(path, "x").expect("a file");
        }
        let deleted = backups.delete_beyond(NonZeroUsize::MIN, &made).expect("deleted");
        assert_eq!(deleted, [future]);
        assert!(made.exists());
    }

    #[test]
    fn two_backups_of_one_second_have_two_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let backups = BackupFolder::at(folder.path());
        let now = time("2026-11-30T23:59:59.900Z");
        let first = backups.requested_at(now);
        fs::write(&first, "x").expect("a file");
        let second = backups.requested_at(now);
        assert_eq!(second, folder.path().join("synod-20261201T000000Z.db"));
    }

    #[test]
    fn a_missing_directory_has_no_backups() {
        let folder = tempfile::tempdir().expect("a folder");
        let backups = BackupFolder::at(&folder.path().join("backups"));
        assert_eq!(backups.files().expect("none"), []);
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }
}
