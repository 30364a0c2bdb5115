use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use thiserror::Error;

/// The cause of a failure, kept for logs.
type ErrorSource = Arc<dyn StdError + Send + Sync>;

/// Errors of a host that was asked for its models.
///
/// One variant per remedy of the user. The texts name the fault only; the program that configured the
/// host knows which setting to change.
#[derive(Clone, Debug, Error)]
pub enum HostError {
    /// Nothing answers at its address, or the connection broke.
    #[error("nothing answers at {address}{}", RootCause(source))]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// The name in its address has no IP address, or none can be found now.
    #[error("the name in {address} cannot be resolved: {detail}")]
    Unresolved {
        /// Where it was looked for.
        address: String,
        /// What the name service of the machine says.
        detail: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// The proxy that the environment sets for it cannot be reached, or refuses.
    #[error("{address} is not reached: {detail}")]
    Proxy {
        /// Where it was looked for.
        address: String,
        /// What is wrong with the proxy.
        detail: String,
        /// What to do about it, by the variable that names the proxy.
        advice: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// It did not begin to answer in time.
    #[error("no answer within {} s", limit.as_secs())]
    TimedOut {
        /// The limit that ran out.
        limit: Duration,
    },
    /// It began to list its models, and did not end in time.
    #[error("the list of models was not complete after {} s", limit.as_secs())]
    Incomplete {
        /// The limit that ran out.
        limit: Duration,
    },
    /// Its TLS certificate is not issued by a CA that this machine trusts.
    #[error("the TLS certificate of {address} cannot be verified: {detail}")]
    Untrusted {
        /// Where it was asked.
        address: String,
        /// What is wrong with the certificate.
        detail: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// Its TLS certificate is for other host names.
    #[error("the TLS certificate of {address} is for another name: {detail}")]
    WrongCertificateName {
        /// Where it was asked.
        address: String,
        /// The name that was looked for, and those of the certificate.
        detail: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// Its TLS certificate has expired, or is not valid yet.
    #[error("the TLS certificate of {address} is not valid today: {detail}")]
    CertificateExpired {
        /// Where it was asked.
        address: String,
        /// The dates.
        detail: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// It presents the certificate of a CA as its own.
    #[error("the TLS certificate of {address} is that of a CA, not of a server")]
    CaCertificate {
        /// Where it was asked.
        address: String,
    },
    /// It wants a certificate of its clients, and this program sends none.
    #[error("{address} wants a certificate of its clients")]
    WantsCertificate {
        /// Where it was asked.
        address: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// It has no version of TLS, or no cipher, in common with this program.
    #[error("{address} and this program have no TLS settings in common: {detail}")]
    TlsMismatch {
        /// Where it was asked.
        address: String,
        /// What is wrong.
        detail: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// It closed the connection in the middle of the TLS handshake: it does not speak TLS at this port, is
    /// being restarted, or is behind a firewall.
    #[error("{address} closed the connection during the TLS handshake")]
    ClosedInHandshake {
        /// Where it was asked.
        address: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// The TLS handshake failed for another reason.
    #[error("TLS with {address} failed: {detail}")]
    TlsFailed {
        /// Where it was asked.
        address: String,
        /// What is wrong.
        detail: String,
        /// The cause.
        #[source]
        source: ErrorSource,
    },
    /// Its address begins with https, and it answers without TLS.
    #[error("{address} does not speak TLS")]
    WithoutTls {
        /// Where it was asked.
        address: String,
    },
    /// Its address begins with http, and it expects TLS.
    #[error("{address} expects TLS")]
    OnlyTls {
        /// Where it was asked.
        address: String,
    },
    /// The API key is missing or wrong (401).
    #[error("{address} wants an API key, or another one ({status}){}", Said(detail))]
    Unauthorized {
        /// Where it was asked.
        address: String,
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        detail: String,
    },
    /// The account of the key has no credit (402).
    #[error(
        "{address} refuses access, since the account has no credit left ({status}){}",
        Said(detail)
    )]
    NoCredit {
        /// Where it was asked.
        address: String,
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        detail: String,
    },
    /// It refuses access, whatever the key (403, 407, 451).
    #[error("{address} refuses access ({status}){}", Said(detail))]
    Forbidden {
        /// Where it was asked.
        address: String,
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        detail: String,
    },
    /// It refuses this request, with another status of 400 to 499.
    #[error("{address} refused to list its models ({status}){}", Said(detail))]
    Refused {
        /// Where it was asked.
        address: String,
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        detail: String,
    },
    /// It has no list of models at this address (404, 405, 410, 501): the path is wrong.
    #[error("{address} has no list of models ({status}){}", Said(detail))]
    NotFound {
        /// Where it was asked.
        address: String,
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        detail: String,
    },
    /// It speaks the protocol of the other kind of hosts.
    #[error("{address} {}", match speaks {
        HostProtocol::Ollama => "is an Ollama, which is asked by OpenAI's protocol",
        HostProtocol::OpenAi => "speaks OpenAI's protocol, not Ollama's",
    })]
    WrongKind {
        /// Where it was asked.
        address: String,
        /// What it answers to.
        speaks: HostProtocol,
    },
    /// It is still loading its model (503).
    #[error("{address} is still loading its model (503){}", Said(detail))]
    Loading {
        /// Where it was asked.
        address: String,
        /// The server's own words.
        detail: String,
    },
    /// It cannot answer now: too much to do, or a proxy without the server behind it.
    #[error("{address} cannot answer now{}{}", Status(*status), Said(detail))]
    Unavailable {
        /// Where it was asked.
        address: String,
        /// The HTTP status, if there was one.
        status: Option<u16>,
        /// The server's own words.
        detail: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// What answers is not such a host, or is broken.
    #[error("unreadable response from {address}: {detail}")]
    Unreadable {
        /// Where it was asked.
        address: String,
        /// What is wrong.
        detail: String,
    },
}

/// What an error of a host shows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostCondition {
    /// It is not there, or a proxy responds for it.
    Away,
    /// It responds, and takes no calls yet.
    Loading,
    /// It fails, or is slow, which may be chance.
    Failing,
    /// Its settings or its access have to be corrected first.
    Refusing,
}

impl HostError {
    pub(crate) const fn condition(&self) -> HostCondition {
        match self {
            Self::Unreachable { .. }
            | Self::Unresolved { .. }
            | Self::Proxy { .. }
            | Self::ClosedInHandshake { .. }
            // A proxy whose server is away, or was taken out of service.
            | Self::Unavailable { status: Some(502..=504 | 520..=524 | 530), .. } => {
                HostCondition::Away
            }
            Self::Loading { .. } => HostCondition::Loading,
            Self::TimedOut { .. } | Self::Incomplete { .. } | Self::Unavailable { .. } => {
                HostCondition::Failing
            }
            Self::Untrusted { .. }
            | Self::WrongCertificateName { .. }
            | Self::CertificateExpired { .. }
            | Self::CaCertificate { .. }
            | Self::WantsCertificate { .. }
            | Self::TlsMismatch { .. }
            | Self::TlsFailed { .. }
            | Self::WithoutTls { .. }
            | Self::OnlyTls { .. }
            | Self::Unauthorized { .. }
            | Self::NoCredit { .. }
            | Self::Forbidden { .. }
            | Self::Refused { .. }
            | Self::NotFound { .. }
            | Self::WrongKind { .. }
            | Self::Unreadable { .. } => HostCondition::Refusing,
        }
    }
}

/// The protocols of model servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostProtocol {
    /// Ollama's own.
    Ollama,
    /// OpenAI's, as llama.cpp's server, vLLM and LM Studio speak it.
    OpenAi,
}

/// The first cause of a failure, as `Connection refused (os error 111)`.
struct RootCause<'a>(&'a ErrorSource);

impl fmt::Display for RootCause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut root: &dyn StdError = &**self.0;
        while let Some(cause) = root.source() {
            root = cause;
        }
        write!(f, ": {root}")
    }
}

/// What a server said, on one line and shortened.
struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 160;
        let words = self.0.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            return Ok(());
        }
        let shown: String = words.chars().take(SHOWN).collect();
        let dots = if shown.len() < words.len() { "…" } else { "" };
        write!(f, ": {shown}{dots}")
    }
}

struct Status(Option<u16>);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |status| write!(f, " ({status})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_server_text_stays_on_one_line() {
        let error = HostError::Unauthorized {
            address: "http://gpu:1/v1".to_owned(),
            status: 401,
            detail: format!("<html>\n  no key\n{}", "x".repeat(1_000)),
        };
        let text = error.to_string();
        assert!(text.starts_with(
            "http://gpu:1/v1 wants an API key, or another one (401): <html> no key x"
        ));
        assert!(text.ends_with("x…") && text.chars().count() < 230, "{text}");
        assert!(!text.contains('\n'));
    }

    #[test]
    fn an_unreachable_host_is_named_with_its_root_cause() {
        let source = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let (address, source) = ("http://gpu:1".to_owned(), Arc::new(source));
        let error = HostError::Unreachable { address, source };
        assert_eq!(error.to_string(), "nothing answers at http://gpu:1: connection refused");
    }
}
