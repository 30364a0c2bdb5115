//! The parts put together: hosts, gateway, agents, log and hub.

#[cfg(feature = "embedded")]
mod demo;
mod host_settings;
mod hosts;
mod mend;
mod reach;

#[cfg(feature = "embedded")]
pub(crate) use demo::fetch;
use host_settings::HostSettings;
pub(crate) use hosts::{ModelServer, entries, model_servers};
pub(crate) use reach::{Embedded, Reach, reach, serving};
