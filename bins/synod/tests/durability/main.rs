//! Faults of the real process and of its disk, and what is left after them.
#![cfg(target_os = "linux")]

mod kills;
mod process;
mod processes;
mod random_kills;
mod sync_faults;
