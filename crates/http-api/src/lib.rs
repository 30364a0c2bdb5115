#![doc = include_str!("../README.md")]

mod api;
mod catalogue;
mod debate_defaults;
mod endpoint;
mod extract;
mod middleware;
mod openapi;
mod path_prefix;
mod response;
mod router;
mod routes;
mod server;
mod settings;
mod watch;
mod wire;

pub use api::Api;
pub use catalogue::event_catalogue;
pub use debate_defaults::DebateDefaults;
pub use middleware::{ApiKey, InvalidKey, log_panics};
pub use openapi::openapi;
pub use path_prefix::{InvalidNetwork, InvalidPrefix, Network, PathPrefix};
pub use router::configure;
pub use server::{BindError, Server, Stopped};
pub use settings::{ApiSettings, Limits, ServerSettings};
