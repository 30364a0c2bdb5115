use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error as RustlsError, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use thiserror::Error;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How the connection is encrypted, and what is checked, as `sslmode` of PostgreSQL's own clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TlsMode {
    /// No encryption.
    Disable,
    /// Encryption if the server has it. Anyone in between can read along and turn it off.
    #[default]
    Prefer,
    /// Encryption. The certificate is checked only if the authorities are given.
    Require,
    /// Encryption, and a certificate of one of the given authorities.
    VerifyCa,
    /// Encryption, and a certificate for the name of the server, of the given authorities or of those that the
    /// machine trusts.
    VerifyFull,
}

/// Errors returned by the settings for TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A mode needs the certificates of authorities.
    #[error(
        "sslmode=verify-ca needs sslrootcert, a file with the certificates of trusted authorities"
    )]
    NoRoots,
    /// The file with the certificates cannot be used.
    #[error("the certificates in {} (sslrootcert) cannot be read", .path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The machine's own certificates cannot be used.
    #[error(
        "TLS cannot be set up; name a file with the certificates of trusted authorities (sslrootcert)"
    )]
    Setup {
        /// The cause.
        #[source]
        source: RustlsError,
    },
}

impl TlsMode {
    /// The mode of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }

    /// What is negotiated with the server.
    pub(crate) const fn negotiation(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

/// Makes what encrypts connections, on ring, without changing the default provider of the process.
pub(crate) fn connector(
    mode: TlsMode,
    root_file: Option<&Path>,
) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let setup = |source| TlsError::Setup { source };
    let roots = root_file.map(read_roots).transpose()?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(setup)?;
    let config = match (mode, roots) {
        (TlsMode::VerifyFull, Some(roots)) => {
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        (TlsMode::VerifyFull, None) => {
            let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(setup)?;
            let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
            builder.with_no_client_auth()
        }
        (TlsMode::VerifyCa, None) => return Err(TlsError::NoRoots),
        (TlsMode::VerifyCa | TlsMode::Require, roots) => lenient(builder, provider, roots),
        (TlsMode::Disable | TlsMode::Prefer, _) => lenient(builder, provider, None),
    };
    Ok(MakeRustlsConnect::new(config))
}

type ConfigBuilder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn lenient(
    builder: ConfigBuilder,
    provider: Arc<CryptoProvider>,
    roots: Option<RootCertStore>,
) -> ClientConfig {
    let verifier = Arc::new(AnyName { provider, roots });
    builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
}

fn read_roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let failed = |source| TlsError::Roots { path: path.to_owned(), source };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.into()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| failed(error.into()))?;
        roots.add(certificate).map_err(|error| failed(error.into()))?;
    }
    if roots.is_empty() {
        return Err(failed("it has no certificate".into()));
    }
    Ok(roots)
}

/// Accepts a certificate for any name, and without roots any certificate.
#[derive(Debug)]
struct AnyName {
    provider: Arc<CryptoProvider>,
    roots: Option<RootCertStore>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, RustlsError> {
        if let Some(roots) = &self.roots {
            let parsed = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                roots,
                intermediates,
                now,
                algorithms,
            )?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
