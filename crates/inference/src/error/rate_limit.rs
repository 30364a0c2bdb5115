use std::error::Error as StdError;

use super::ChatError;

/// "Too Many Requests" (RFC 6585).
const TOO_MANY_REQUESTS: u16 = 429;

impl ChatError {
    /// The host limits the rate of this user's calls.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        let Self::Overloaded { source: Some(source), .. } = self else { return false };
        status_of(&**source) == Some(TOO_MANY_REQUESTS)
    }
}

/// The HTTP status that a host answered with.
fn status_of(source: &(dyn StdError + 'static)) -> Option<u16> {
    #[cfg(feature = "ollama")]
    if let Some(error) = source.downcast_ref::<synod_ollama_client::Error>() {
        return error.status();
    }
    #[cfg(feature = "openai")]
    if let Some(error) = source.downcast_ref::<synod_openai_client::Error>() {
        return error.status();
    }
    let _ = source;
    None
}
