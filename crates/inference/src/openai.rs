//! The adapter for OpenAI's protocol.

mod error;
mod host;
mod model;
mod reply;
mod request;
mod slots;

pub use host::OpenAiHost;

#[cfg(test)]
mod tests;
