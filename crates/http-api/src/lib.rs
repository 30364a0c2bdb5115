#![doc = include_str!("../README.md")]

mod api;
mod body;
mod endpoint;
mod error;
mod meter;
mod openapi;
mod query;
mod router;
mod seed;
mod sockets;
mod v1;
mod wire;

pub use api::{Api, ApiParts};
pub use router::configure;
