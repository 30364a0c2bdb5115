use std::{fmt, sync::Arc, time::Duration};

use synod_domain::Clock;

use crate::disk::{Disk, SystemDisk};

/// Settings of a [`SqliteStore`](crate::SqliteStore). The defaults suit a server on one machine.
#[derive(Clone)]
pub struct StoreOptions {
    /// When a write counts as done.
    pub durability: Durability,
    /// Whether the directory may be on a network file system, whose locks and syncs may not work.
    pub allow_network_fs: bool,
    /// The clock of leases. Without one, leases last by the time since the machine was booted, which no
    /// change of the wall clock affects.
    pub clock: Option<Arc<dyn Clock>>,
    /// New debates are refused while fewer bytes are free.
    pub low_space_bytes: u64,
    /// The size of the file that is deleted to make room on a full disk, in bytes; 0 for none.
    pub reserve_bytes: u64,
    /// How long to wait for the lock of another process, at the start and for a write.
    pub lock_wait: Duration,
    /// How often to look for writes of other processes, while there are subscribers.
    pub poll_interval: Duration,
    /// How long nothing is written until the write-ahead log is emptied.
    pub idle_after: Duration,
    /// The disk that holds the directory; a substitute for tests.
    pub disk: Arc<dyn Disk>,
}

/// When a write counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Durability {
    /// When the disk has confirmed it (`fsync`): it survives a power failure.
    #[default]
    Fsync,
    /// When the operating system has it: it survives the end of the process, but perhaps no power failure.
    Os,
}

impl StoreOptions {
    /// The default of [`low_space_bytes`](Self::low_space_bytes): 256 MiB.
    pub const LOW_SPACE_BYTES: u64 = 256 << 20;
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Fsync,
            allow_network_fs: false,
            clock: None,
            low_space_bytes: Self::LOW_SPACE_BYTES,
            reserve_bytes: 64 << 20,
            lock_wait: Duration::from_secs(5),
            poll_interval: Duration::from_millis(100),
            idle_after: Duration::from_secs(5),
            disk: Arc::new(SystemDisk),
        }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("durability", &self.durability)
            .field("allow_network_fs", &self.allow_network_fs)
            .field("low_space_bytes", &self.low_space_bytes)
            .field("reserve_bytes", &self.reserve_bytes)
            .finish_non_exhaustive()
    }
}
