#![doc = include_str!("../README.md")]

mod api;
mod body;
mod catalogue;
mod endpoint;
mod error;
mod meter;
mod openapi;
mod query;
mod router;
mod seed;
mod validation;
mod wire;

pub use api::{Api, ApiParts};
pub use catalogue::event_catalogue;
pub use openapi::openapi;
pub use router::configure;
