#![doc = include_str!("../README.md")]

mod participant;
mod progress;

pub use participant::{Answer, CallFailure, Cast, Participant, Reply};
pub use progress::{CallPhase, Progress, Report};
