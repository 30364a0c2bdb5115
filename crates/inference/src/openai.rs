//! The adapter for OpenAI's protocol.

mod error;
mod host;
mod listing_error;
mod model;
mod reply;
mod request;
mod slots;
mod thinking_switch;

pub(crate) use error::{access_lack, is_no_chat};
pub use host::OpenAiHost;

#[cfg(test)]
mod tests;
