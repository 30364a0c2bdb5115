//! The adapter for OpenAI's protocol.

mod error;
mod host;
mod listing_error;
mod model;
mod reply;
mod request;

pub use host::OpenAiHost;

#[cfg(test)]
mod tests;
