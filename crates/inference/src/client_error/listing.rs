use std::{error::Error as StdError, iter, sync::Arc};

use synod_http_transport::{Error, ErrorKind, Failure, Protocol, TlsFault};

use super::detail as in_words;
use crate::{HostError, not_ready::is_loading};

/// Why the server at this address did not list its models.
pub(crate) fn host_error<P: Protocol>(address: String, error: Error<P>) -> HostError {
    let detail = error.message().to_owned();
    let (status, retry_after) = (error.status(), error.retry_after());
    if let Some(Failure::Proxy { proxy, fault, .. }) = error.failure() {
        let (detail, advice) = (proxy.sentence(*fault), proxy.advice(*fault));
        return HostError::Proxy { address, detail, advice, source: Arc::new(error) };
    }
    match error.kind() {
        ErrorKind::Tls => tls_error(address, error),
        ErrorKind::Transport | ErrorKind::Timeout => not_reached(address, error),
        ErrorKind::Unauthorized => {
            let detail = error.signin_url().map_or(detail, |url| format!("sign in at {url}"));
            HostError::Unauthorized { address, status: status.unwrap_or(401), detail }
        }
        ErrorKind::OutOfQuota => {
            HostError::NoCredit { address, status: status.unwrap_or(402), detail }
        }
        ErrorKind::Forbidden => {
            HostError::Forbidden { address, status: status.unwrap_or(403), detail }
        }
        ErrorKind::ModelNotFound | ErrorKind::EndpointMissing => {
            HostError::NotFound { address, status: status.unwrap_or(404), detail }
        }
        ErrorKind::Busy | ErrorKind::Upstream if status == Some(503) && is_loading(&detail) => {
            HostError::Loading { address, detail }
        }
        ErrorKind::Busy | ErrorKind::Upstream => {
            HostError::Unavailable { address, status, detail, retry_after }
        }
        ErrorKind::BadRequest
        | ErrorKind::UnsupportedCapability
        | ErrorKind::ContextOverflow
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Protocol => by_status(address, &error),
        ErrorKind::Unusable => HostError::Unreadable { address, detail },
    }
}

/// The error of a server whose words do not tell the cause.
fn by_status<P: Protocol>(address: String, error: &Error<P>) -> HostError {
    let (detail, retry_after) = (error.message().to_owned(), error.retry_after());
    match error.status() {
        Some(status @ (404 | 405 | 410 | 501)) => HostError::NotFound { address, status, detail },
        Some(status @ 451) => HostError::Forbidden { address, status, detail },
        Some(status @ 400..=499) => HostError::Refused { address, status, detail },
        Some(status @ 500..=599) => {
            HostError::Unavailable { address, status: Some(status), detail, retry_after }
        }
        Some(_) | None => HostError::Unreadable { address, detail: in_words(error) },
    }
}

/// Why the server was not reached, or the connection was lost.
fn not_reached<P: Protocol>(address: String, error: Error<P>) -> HostError {
    match error.failure() {
        Some(Failure::Unresolved { detail, .. }) => {
            HostError::Unresolved { address, detail: detail.clone(), source: Arc::new(error) }
        }
        Some(Failure::ClosedInHandshake { .. }) => {
            HostError::ClosedInHandshake { address, source: Arc::new(error) }
        }
        Some(
            Failure::TimedOut { .. }
            | Failure::Lost { .. }
            | Failure::Proxy { .. }
            | Failure::Tls { .. }
            | Failure::NotHttp { .. },
        )
        | None => HostError::Unreachable { address, source: Arc::new(error) },
    }
}

/// The first cause, as `invalid peer certificate: UnknownIssuer`.
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.last().unwrap_or(error).to_string()
}

/// Why no TLS connection could be made. The user sees which setting to change beside the error.
fn tls_error<P: Protocol>(address: String, error: Error<P>) -> HostError {
    let fault = error.tls_fault().unwrap_or(TlsFault::Handshake);
    let detail = root_cause(&error);
    let source = Arc::new(error);
    match fault {
        TlsFault::UnknownIssuer => HostError::Untrusted { address, detail, source },
        TlsFault::WrongName => HostError::WrongCertificateName { address, detail, source },
        TlsFault::Expired => HostError::CertificateExpired { address, detail, source },
        TlsFault::CaCertificate => HostError::CaCertificate { address },
        TlsFault::WithoutTls => HostError::WithoutTls { address },
        TlsFault::OnlyTls => HostError::OnlyTls { address },
        TlsFault::WantsCertificate => HostError::WantsCertificate { address, source },
        TlsFault::Version | TlsFault::Ciphers => {
            HostError::TlsMismatch { address, detail: format!("{fault} ({detail})"), source }
        }
        TlsFault::UnknownName => HostError::WrongCertificateName { address, detail, source },
        TlsFault::Handshake => HostError::TlsFailed { address, detail, source },
    }
}

/// Whether the failure is one of a server that speaks something else: LM Studio answers a path that
/// it does not know with 200 and an error, and llama.cpp's server has an `/api/tags` of its own.
pub(crate) const fn may_be_of_other_kind(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::ModelNotFound
        | ErrorKind::EndpointMissing
        | ErrorKind::BadRequest
        | ErrorKind::UnsupportedCapability
        | ErrorKind::StreamError
        | ErrorKind::Protocol => true,
        ErrorKind::Transport
        | ErrorKind::Timeout
        | ErrorKind::Tls
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::Busy
        | ErrorKind::Upstream
        | ErrorKind::ContextOverflow
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
        | ErrorKind::OutOfQuota
        | ErrorKind::Truncated
        | ErrorKind::Unusable => false,
    }
}
