use std::fmt;

use rustls::{CertificateError, Error};

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
    /// The handshake failed in another way.
    Handshake,
}

impl TlsFault {
    pub(crate) fn of(error: &Error) -> Self {
        if let Error::InvalidCertificate(fault) = error {
            return Self::of_certificate(fault);
        }
        // A server without TLS responds to the client's greeting with plain text.
        let is_plain = matches!(error, Error::InvalidMessage(_));
        if is_plain { Self::WithoutTls } else { Self::Handshake }
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
            Self::Handshake => "check the TLS settings of the server",
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
