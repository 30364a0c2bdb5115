use std::fmt;

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// Why no connection to a server could be made with the TLS settings of both.
///
/// Displayed as a sentence without its end: `the certificate of the server has expired`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsFault {
    /// The certificate is not issued by a CA that this machine trusts.
    UnknownIssuer,
    /// The certificate is for other host names than that of the base URL.
    WrongName,
    /// The certificate has expired, or is not valid yet.
    Expired,
    /// The server presents the certificate of a CA, as `openssl req -x509` makes it, as its own.
    CaCertificate,
    /// The base URL begins with https, and the server does not speak TLS.
    WithoutTls,
    /// The base URL begins with http, and the server expects TLS.
    OnlyTls,
    /// The server wants a certificate of the client.
    WantsCertificate,
    /// Server and client have no version of TLS in common.
    Version,
    /// Server and client have no cipher or key exchange in common; or, with TLS 1.2, the server wants a
    /// certificate of the client.
    Ciphers,
    /// The server has no certificate for the name in the base URL.
    UnknownName,
    /// The handshake failed in another way.
    Handshake,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enums of rustls are many and grow")]
impl TlsFault {
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(fault) => Self::of_certificate(fault),
            // A server without TLS responds to the client's greeting with plain text.
            Error::InvalidMessage(_) => Self::WithoutTls,
            Error::AlertReceived(alert) => Self::of_alert(*alert),
            Error::PeerIncompatible(fault) => Self::of_incompatibility(fault),
            _ => Self::Handshake,
        }
    }

    /// What a server means by an alert in answer to a client without a certificate.
    const fn of_alert(alert: AlertDescription) -> Self {
        use AlertDescription as Alert;
        match alert {
            // Servers in Go send `bad_certificate` with TLS 1.2.
            Alert::CertificateRequired | Alert::NoCertificate | Alert::BadCertificate => {
                Self::WantsCertificate
            }
            Alert::ProtocolVersion => Self::Version,
            Alert::HandshakeFailure | Alert::InsufficientSecurity => Self::Ciphers,
            Alert::UnrecognisedName => Self::UnknownName,
            _ => Self::Handshake,
        }
    }

    const fn of_incompatibility(fault: &PeerIncompatible) -> Self {
        use PeerIncompatible as Fault;
        match fault {
            Fault::ServerDoesNotSupportTls12Or13
            | Fault::ServerTlsVersionIsDisabledByOurConfig
            | Fault::SupportedVersionsExtensionRequired => Self::Version,
            Fault::NoCipherSuitesInCommon
            | Fault::NoKxGroupsInCommon
            | Fault::NoSignatureSchemesInCommon
            | Fault::NoEcPointFormatsInCommon => Self::Ciphers,
            _ => Self::Handshake,
        }
    }

    fn of_certificate(fault: &CertificateError) -> Self {
        use CertificateError::{
            Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
            NotValidYetContext, UnknownIssuer,
        };
        if matches!(fault, UnknownIssuer) {
            Self::UnknownIssuer
        } else if matches!(fault, NotValidForName | NotValidForNameContext { .. }) {
            Self::WrongName
        } else if matches!(fault, Expired | ExpiredContext { .. })
            || matches!(fault, NotValidYet | NotValidYetContext { .. })
        {
            Self::Expired
        } else if fault.to_string().contains(CA_CERTIFICATE) {
            Self::CaCertificate
        } else {
            Self::Handshake
        }
    }

    /// Returns what to do.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::UnknownIssuer => {
                "add the certificate of its CA to those of this machine, or name a file that has it in \
                 SSL_CERT_FILE"
            }
            Self::WrongName => "let the base URL contain a name of the certificate",
            Self::Expired => "renew it on the server, and check the clock of this machine",
            Self::CaCertificate => "make one with `basicConstraints=CA:FALSE` for the server",
            Self::WithoutTls => "let the base URL begin with http://",
            Self::OnlyTls => "let the base URL begin with https://",
            Self::WantsCertificate => {
                "let the server accept clients without a certificate, which this program does not have"
            }
            Self::Version => "enable TLS 1.2 or 1.3 on the server",
            Self::Ciphers => {
                "enable ECDHE with AES-GCM or ChaCha20-Poly1305 on the server; if it wants certificates \
                 of clients, let it accept clients without one"
            }
            Self::UnknownName => "let the base URL contain a name that the server serves",
            Self::Handshake => {
                "check the TLS settings and the log of the server, and that it serves the name in the \
                 base URL"
            }
        }
    }
}

/// The name of the error that the verifier returns, which it does not export.
const CA_CERTIFICATE: &str = "CaUsedAsEndEntity";

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "the certificate of the server is not trusted",
            Self::WrongName => "the certificate of the server is for another name",
            Self::Expired => "the certificate of the server is not valid today",
            Self::CaCertificate => "the server presents the certificate of a CA as its own",
            Self::WithoutTls => "the server does not speak TLS",
            Self::OnlyTls => "the server expects TLS",
            Self::WantsCertificate => "the server wants a certificate of the client",
            Self::Version => "the server speaks neither TLS 1.2 nor TLS 1.3",
            Self::Ciphers => "the server refused the TLS ciphers of the client",
            Self::UnknownName => "the server does not serve the name in the base URL",
            Self::Handshake => "the TLS handshake with the server failed",
        })
    }
}

/// Whether a server refused a request (400) because it was not sent over TLS.
pub(crate) fn asks_for_tls(body: &[u8]) -> bool {
    const SENTENCES: [&str; 3] = [
        // Go, and Caddy and Traefik, which are written in it.
        "Client sent an HTTP request to an HTTPS server",
        // nginx.
        "The plain HTTP request was sent to HTTPS port",
        // Apache.
        "speaking plain HTTP to an SSL-enabled server port",
    ];
    let body = String::from_utf8_lossy(body);
    SENTENCES.iter().any(|sentence| body.contains(sentence))
}
