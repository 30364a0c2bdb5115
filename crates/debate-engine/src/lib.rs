#![doc = include_str!("../README.md")]

mod advance;
mod backlog;
mod clock;
mod command_batch;
mod cursor;
mod driver;
mod error;
mod feed;
mod halt;
mod handle;
mod hub;
mod live;
mod partial_texts;
mod participant;
mod progress;
mod replay;
mod settings;
#[cfg(feature = "test-util")]
pub mod test_util;
mod unserved;

pub use backlog::{Backlog, BacklogEntry, LiveContent, Unread};
pub use clock::SystemClock;
pub use cursor::Cursor;
pub use error::EngineError;
pub use feed::{CallProgress, Feed, FeedItem, Thought, TurnDelta};
pub(crate) use handle::HubLink;
pub use handle::{CommandDone, DebateHandle};
pub use hub::{DebateHub, Opened};
pub use participant::{
    CallFailure, DigestFuture, Participant, ParticipantFactory, Reply, ReplyFuture,
};
pub use progress::{CallPhase, Progress, Report};
pub use settings::Settings;
pub use unserved::{NoService, Unserved};
