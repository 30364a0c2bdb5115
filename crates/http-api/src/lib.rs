#![doc = include_str!("../README.md")]

mod accept;
mod api;
mod body;
mod command;
mod debate_path;
mod endpoint;
mod error;
mod html;
mod idempotency;
mod meter;
mod openapi;
mod opening;
mod query;
mod router;
mod seed;
mod sockets;
mod sse;
mod v1;
mod watch;
mod wire;

pub use api::{Api, ApiParts};
pub use router::configure;
