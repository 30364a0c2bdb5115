#![doc = include_str!("../README.md")]

mod append_once;
mod batch;
mod claim;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod event_log;
mod idempotency;
mod memory;
mod observed;
mod page;
mod stored;
mod summary;

pub use append_once::{append_once, create_once};
pub use batch::Batch;
pub use claim::{Claim, Epoch, Owner};
pub use error::{Cause, LogError};
pub use event_log::{EventLog, Subscription};
pub use idempotency::{Created, IdempotencyKey};
pub use memory::MemoryLog;
pub use observed::{LogObserver, LogWrite, Observed};
pub use page::PAGE_SIZE;
pub use stored::{EventId, Stored};
pub use summary::{Summary, Which};
