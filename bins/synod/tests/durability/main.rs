//! Faults of the real process and of its disk, and what is left after them.
#![cfg(target_os = "linux")]

mod clock;
mod damaged;
mod dying_hosts;
mod full_disk;
mod keys;
mod kills;
mod process;
mod processes;
mod random_kills;
mod scheduled_backups;
mod shares;
mod soak;
mod sync_faults;
