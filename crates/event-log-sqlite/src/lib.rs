#![doc = include_str!("../README.md")]

mod backup;
mod database;
mod debate_row;
mod directory;
mod disk;
mod event_row;
mod holder;
mod inspection;
mod leases;
mod list;
mod log;
mod log_query;
mod migration;
mod monotonic;
mod open_error;
mod open_store;
mod options;
mod readers;
mod record_row;
mod records;
mod reserve;
mod restore;
mod row;
mod store;
mod store_error;
mod subscription;
mod verify;
mod watched;
mod writer;

pub use backup::{BackupError, BackupReport};
pub use disk::{Disk, SystemDisk};
pub use holder::Holder;
pub use inspection::{StoreInspection, WorkerInspection};
pub use log::SqliteLog;
pub use open_error::StoreOpenError;
// The name that callers of the first version use.
#[doc(hidden)]
pub use open_error::StoreOpenError as OpenError;
pub use options::{Durability, StoreOptions};
pub use records::SqliteRecords;
pub use restore::{RestoreError, Restored};
pub use store::SqliteStore;
pub use store_error::StoreError;
pub use verify::{Damage, VerifyProgress, VerifyReport};
