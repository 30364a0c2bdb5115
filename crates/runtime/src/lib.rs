#![doc = include_str!("../README.md")]

mod builder;
mod debate_builder;
mod error;
mod participant_fn;
mod participants;
mod shared_profiles;
mod synod;
mod write_behind;

pub use builder::SynodBuilder;
pub use debate_builder::DebateBuilder;
#[cfg(feature = "ollama")]
pub use error::ConnectError;
pub use error::{OpenError, PrepareError, RunError};
pub use participant_fn::{ParticipantCall, participant_fn};
pub use synod::Synod;
pub use synod_agents as agents;
pub use synod_debate_engine as engine;
pub use synod_domain as domain;
pub use synod_event_log as event_log;
pub use synod_inference as inference;
pub use synod_transcript as transcript;
