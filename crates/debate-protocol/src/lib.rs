#![doc = include_str!("../README.md")]

mod apply;
mod audit;
mod ballot;
mod brief;
mod call_end;
mod command;
mod debate;
mod decide;
mod ending;
mod floor;
mod fold_error;
mod initialize;
mod json_object;
mod next_step;
mod options;
mod outcome;
mod rejection;
mod seed;
mod slot;
mod statement;
mod status;
mod step;
mod tally;
mod verdict;

pub use audit::{AuditError, audit};
pub use call_end::CallEnd;
pub use command::Command;
pub use debate::{Cast, ClosedRound, Debate};
pub use decide::Partials;
pub use fold_error::FoldError;
pub use initialize::limits;
pub use rejection::Rejection;
pub use seed::sampling_seed;
pub use status::{Stage, Status};
pub use step::{Asked, NextStep, Step};
pub use tally::needed_votes;
