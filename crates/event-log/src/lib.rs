#![doc = include_str!("../README.md")]

mod append_once;
mod batch;
mod chain;
mod claim;
#[cfg(feature = "conformance")]
pub mod conformance;
mod damage;
mod debate_list;
mod error;
mod event_log;
pub mod export;
mod grade;
mod id_prefix;
mod idempotency;
mod list_query;
mod memory;
mod moment;
mod observed;
mod page;
mod record_store;
mod stored;
mod summary;
mod typed_records;
mod worker;

pub use append_once::{append_once, create_once};
pub use batch::Batch;
pub use chain::ChainHash;
pub use claim::{Claim, Epoch};
pub use damage::Damage;
pub use debate_list::DebateList;
pub use error::{Cause, LogError};
pub use event_log::{EventLog, PartialTexts, Subscription};
pub use grade::{Grade, Grades};
pub use id_prefix::{IdPrefix, NoIdPrefix};
pub use idempotency::{Created, IdempotencyKey};
pub use list_query::{ListQuery, Which};
pub use memory::MemoryLog;
pub use moment::{Moment, NoMoment};
pub use observed::{LogObserver, LogWrite, Observed};
pub use page::PAGE_SIZE;
pub use record_store::{Documents, MemoryRecords, RecordStore};
pub use stored::{EventId, Stored};
pub use summary::{Summary, SummaryStatus};
pub use typed_records::{TypedRecord, TypedRecords};
pub use worker::{Renewal, Takeover, Worker};
