#![doc = include_str!("../README.md")]

mod error;
mod fetch;
mod weights;

pub use error::EmbeddedError;
pub use fetch::{FetchObserver, FetchSettings, Fetcher, Progress, WeightsFile};
pub use weights::Weights;
