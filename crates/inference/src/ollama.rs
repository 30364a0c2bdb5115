//! The adapter for Ollama's own protocol.

mod embed;
mod error;
mod facts;
mod host;
mod listing_error;
mod load_profile;
mod model;
mod reply;
mod request;
mod server;
mod thinker;

pub(crate) use error::{is_failed_load, is_no_chat, missing_access, refuses_model};
pub use host::OllamaHost;
pub use load_profile::LoadProfile;

#[cfg(test)]
mod tests;
