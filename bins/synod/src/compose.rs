//! The hosts of models: their clients, their gateway, and what to say when they refuse.

mod host_settings;
mod hosts;
mod model_hosts;
mod model_server;
mod remedy;

use host_settings::HostSettings;
#[cfg(feature = "embedded")]
pub(crate) use hosts::embedded::fetch;
pub(crate) use hosts::model_servers;
pub(crate) use model_hosts::{Embedded, ModelHosts, connect, connect_for_server};
pub(crate) use model_server::ModelServer;
