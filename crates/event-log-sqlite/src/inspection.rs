use std::path::PathBuf;

use crate::Holder;

/// What is in a data directory, and who uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreInspection {
    /// The database.
    pub database: PathBuf,
    /// The version of its schema.
    pub schema_version: u32,
    /// The version of the schema that this version of Synod writes. An older one is upgraded when the
    /// store is opened.
    pub current_schema_version: u32,
    /// The version of Synod that last upgraded it.
    pub written_by: String,
    /// Debates, without deleted ones.
    pub debates: u64,
    /// Debates that have started and have no verdict.
    pub running: u64,
    /// Debates with a verdict.
    pub finished: u64,
    /// Events of all debates.
    pub events: u64,
    /// The size of the database, in bytes.
    pub database_bytes: u64,
    /// The size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
    /// The free space on the disk, in bytes.
    pub free_bytes: u64,
    /// Whether the reserve for a full disk is there.
    pub has_reserve: bool,
    /// The processes that have the store open.
    pub processes: Vec<Holder>,
    /// The workers whose processes run, by name.
    pub workers: Vec<WorkerInspection>,
}

/// A worker as [`StoreInspection`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerInspection {
    /// Its name.
    pub name: String,
    /// The id of its process.
    pub pid: u32,
    /// How many debates it holds.
    pub debates: u64,
    /// Whether its lease has not expired.
    pub has_lease: bool,
}
