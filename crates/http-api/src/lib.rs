#![doc = include_str!("../README.md")]

mod accept;
mod api;
mod body;
mod catalogue;
mod command;
mod debate_path;
mod endpoint;
mod error;
mod guard;
mod html;
mod idempotency;
mod meter;
mod observe;
mod openapi;
mod opening;
mod ops;
mod query;
mod router;
mod seed;
mod server;
mod settings;
mod sockets;
mod sse;
mod v1;
mod validation;
mod watch;
mod wire;
mod written;

pub use api::{Api, ApiParts};
pub use catalogue::event_catalogue;
pub use guard::{ApiKey, InvalidKey};
pub use observe::{CountedLog, log_panics};
pub use openapi::openapi;
pub use router::configure;
pub use server::{BindError, Server, Stopped};
pub use settings::{ApiSettings, Limits, ServerSettings};
