#![doc = include_str!("../README.md")]

mod backup;
mod directory;
mod disk;
mod inspection;
mod log;
mod open_error;
mod options;
mod records;
mod restore;
mod store;
mod verify;

pub use backup::{BackupError, BackupReport};
pub use directory::Holder;
pub use disk::{Disk, SystemDisk};
pub use inspection::{StoreInspection, WorkerInspection};
pub use log::SqliteLog;
pub use open_error::OpenError;
pub use options::{Durability, StoreOptions};
pub use records::SqliteRecords;
pub use restore::{RestoreError, Restored};
pub use store::SqliteStore;
pub use verify::{Damage, VerifyProgress, VerifyReport};
