#![doc = include_str!("../README.md")]

mod answer;
mod asked_wait;
mod body;
mod builder;
mod failure;
mod filter_word;
mod limits;
mod near;
mod sentence;
mod tls;
mod transport;

pub use answer::Answer;
pub use asked_wait::asked_wait;
pub use body::Body;
pub use builder::{BuildError, TransportBuilder};
pub use failure::Failure;
pub use filter_word::is_filter_reason;
pub use limits::{Limits, TimeLimit};
pub use near::is_near;
pub use sentence::{sentence, title};
pub use transport::Transport;
