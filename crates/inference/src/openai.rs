//! The adapter for OpenAI's protocol.

mod error;
mod host;
mod listing_error;
mod model;
mod reply;
mod request;
mod slots;
mod thinking_switch;

pub(crate) use error::{is_no_chat, missing_access, refuses_model};
pub use host::OpenAiHost;

#[cfg(test)]
mod tests;
