//! Backups: when they are due, the directory that holds them, and those that the server makes.

mod folder;
mod schedule;
mod scheduler;

pub(crate) use folder::BackupFolder;
pub(crate) use schedule::BackupSchedule;
pub(crate) use scheduler::BackupScheduler;
