use std::fmt;

use url::Url;

use crate::error_kind::ErrorKind;

/// A wire protocol of model servers: what the shared parts of clients need to know of it.
///
/// It is implemented by a marker type, which also keeps the types of two protocols apart: an
/// `Error<Ollama>` is not an `Error<OpenAi>`.
pub trait Protocol: fmt::Debug + Copy + Eq + Send + Sync + 'static {
    /// Whose protocol it is, as in "OpenAI's protocol".
    const NAME: &'static str;

    /// Reads a base URL as users of the protocol write it. The text has no query, no fragment and
    /// no credentials.
    ///
    /// # Errors
    /// The reason why the text is not a base URL; it does not repeat the text.
    fn parse_base_url(text: &str) -> Result<Url, String>;

    /// Returns advice that the message of an error of this kind adds.
    fn advice(kind: ErrorKind) -> Option<&'static str> {
        let _ = kind;
        None
    }
}
