#![doc = include_str!("../README.md")]

#[cfg(feature = "engine")]
mod engine;
mod error;
mod fetch;
#[cfg(feature = "engine")]
mod host;
mod weights;

#[cfg(feature = "engine")]
pub use engine::EngineCounts;
pub use error::EmbeddedError;
pub use fetch::{FetchObserver, FetchProgress, FetchSettings, Fetcher, WeightsFile};
#[cfg(feature = "engine")]
pub use host::{EmbeddedHost, EngineSettings};
pub use weights::Weights;
