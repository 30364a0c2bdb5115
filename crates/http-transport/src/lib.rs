#![doc = include_str!("../README.md")]

mod answer;
mod body;
mod builder;
mod failure;
mod limits;
mod near;
mod sentence;
mod tls;
mod transport;

pub use answer::Answer;
pub use body::Body;
pub use builder::{BuildError, TransportBuilder};
pub use failure::Failure;
pub use limits::{Limits, TimeLimit};
pub use near::is_near;
pub use sentence::{sentence, title};
pub use transport::Transport;
