#![doc = include_str!("../README.md")]

mod command;
mod rejection;
mod status;
mod step;

pub use command::Command;
pub use rejection::Rejection;
pub use status::{Stage, Status};
pub use step::{Asked, NextStep, Step};
