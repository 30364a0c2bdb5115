//! Errors of the clients of model servers, as errors of calls and of hosts.

mod call;
mod listing;

pub(crate) use call::call_error;
pub(crate) use listing::{host_error, may_be_of_other_kind};
use synod_http_transport::{Error, ErrorKind, Protocol};

use crate::MissingAccess;

/// What the caller lacks, if an error of this kind shows it.
pub(crate) const fn missing_access(kind: ErrorKind) -> Option<MissingAccess> {
    match kind {
        ErrorKind::Unauthorized => Some(MissingAccess::Key),
        ErrorKind::Forbidden => Some(MissingAccess::Permission),
        ErrorKind::OutOfQuota => Some(MissingAccess::Credit),
        ErrorKind::BadRequest
        | ErrorKind::ModelNotFound
        | ErrorKind::EndpointMissing
        | ErrorKind::UnsupportedCapability
        | ErrorKind::ContextOverflow
        | ErrorKind::Busy
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
        | ErrorKind::Upstream
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Transport
        | ErrorKind::Timeout
        | ErrorKind::Tls
        | ErrorKind::Protocol
        | ErrorKind::Unusable => None,
    }
}

/// An error in words.
fn detail<P: Protocol>(error: &Error<P>) -> String {
    match error.signin_url() {
        Some(url) => format!("{error}; sign in at {url}"),
        None => error.to_string(),
    }
}

/// A count of tokens; `None` for zero and for counts that do not fit, which are not meant as counts.
pub(crate) fn tokens(count: u64) -> Option<u32> {
    u32::try_from(count).ok().filter(|count| *count > 0)
}

/// Whether an error of this kind may be due to the model, and not to the caller or the moment.
pub(crate) const fn may_lie_with_model(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::BadRequest
        | ErrorKind::ModelNotFound
        | ErrorKind::EndpointMissing
        | ErrorKind::UnsupportedCapability
        | ErrorKind::LoadFailed => true,
        ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::OutOfQuota
        | ErrorKind::ContextOverflow
        | ErrorKind::Busy
        | ErrorKind::RunnerCrashed
        | ErrorKind::Upstream
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Transport
        | ErrorKind::Timeout
        | ErrorKind::Tls
        | ErrorKind::Protocol
        | ErrorKind::Unusable => false,
    }
}

#[cfg(test)]
mod tls_tests;
