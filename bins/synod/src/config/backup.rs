//! The table `[backup]`.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use super::key::keys;
use crate::{
    backup::{BackupFolder, BackupSchedule},
    bounded_read::expand_tilde,
};

keys! {
    /// The values of `[backup]`.
    pub(crate) struct BackupTable(" in [backup]") {
        schedule: BackupSchedule {
            "when the server makes backups, in UTC: hourly, daily, weekly or a cron expression; never if not set"
        }
        directory: PathBuf { "directory for backups; `backups` in the data directory if not set" }
        keep: NonZeroUsize { "scheduled backups that are kept", default: "7" }
    }
}

impl BackupTable {
    /// The directory for backups of this data directory.
    pub(crate) fn folder(&self, data: &Path) -> BackupFolder {
        let within = || BackupFolder::at(&data.join("backups"));
        self.directory.as_deref().map_or_else(within, |path| BackupFolder::at(&expand_tilde(path)))
    }

    /// How many scheduled backups are kept.
    pub(crate) fn kept(&self) -> NonZeroUsize {
        self.keep.unwrap_or(const { NonZeroUsize::new(7).expect("7 is not 0") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Table;

    #[test]
    fn the_declared_number_of_backups_is_kept() {
        let declared = BackupTable::key("keep").expect("declared").default;
        assert_eq!(BackupTable::default().kept().to_string(), declared);
    }
}
