#![doc = include_str!("../README.md")]

mod api;
mod body;
mod command;
mod debate_path;
mod endpoint;
mod error;
mod idempotency;
mod meter;
mod openapi;
mod opening;
mod query;
mod router;
mod seed;
mod validation;
mod wire;

pub use api::{Api, ApiParts};
pub use router::configure;
