#![doc = include_str!("../README.md")]

mod builder;
mod debate_builder;
mod error;
mod synod;

pub use builder::SynodBuilder;
pub use debate_builder::DebateBuilder;
#[cfg(feature = "ollama")]
pub use error::ConnectError;
pub use error::{OpenError, PrepareError};
pub use synod::Synod;
