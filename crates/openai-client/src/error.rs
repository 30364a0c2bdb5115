mod classify;
mod overflow;
mod report;

use synod_http_transport as http;

pub(crate) use classify::{answered, in_stream};
pub(crate) use report::ServerReport;

use crate::protocol::OpenAi;

/// Errors returned by calls to a server of OpenAI's protocol.
pub type Error = http::Error<OpenAi>;

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;
