#![doc = include_str!("../README.md")]

mod api;
mod catalogue;
mod debate_defaults;
mod endpoint;
mod extract;
mod middleware;
mod openapi;
mod operation;
mod path_prefix;
mod peer;
mod readiness_checks;
mod response;
mod router;
mod routes;
mod server;
mod settings;
mod shares;
mod watch;
mod wire;

pub use api::Api;
pub use catalogue::event_catalogue;
pub use debate_defaults::DebateDefaults;
pub use middleware::{ApiKey, InvalidKey, log_panics};
pub use path_prefix::{InvalidNetwork, InvalidPrefix, Network, PathPrefix};
pub use router::{configure, openapi};
pub use server::{ApiServer, BindError, Stopped};
pub use settings::{ApiSettings, RequestLimits, ServerSettings};
