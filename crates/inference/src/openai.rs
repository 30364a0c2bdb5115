//! The adapter for OpenAI's protocol.

mod error;
mod host;
mod model;
mod reply;
mod request;

pub(crate) use error::is_no_chat;
pub use host::OpenAiHost;

#[cfg(test)]
mod tests;
