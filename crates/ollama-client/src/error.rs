mod classify;
mod report;

use synod_http_transport as http;

pub(crate) use classify::{answered, in_stream};
pub(crate) use report::ServerReport;

use crate::protocol::Ollama;

/// Errors returned by calls to a server of Ollama's protocol.
pub type Error = http::Error<Ollama>;

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;
