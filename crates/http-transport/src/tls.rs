use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;

/// The TLS settings of a client, on ring, without changing the default provider of the process.
///
/// For a plain-text server no certificate is trusted: the certificates of the machine are not needed,
/// and may be missing.
pub(crate) fn client_config(
    https: bool,
    roots: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    if !https {
        let nothing = rustls::RootCertStore::empty();
        return Ok(builder.with_root_certificates(nothing).with_no_client_auth());
    }
    let verifier = Arc::new(verifier(roots, provider)?);
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    if roots.is_empty() {
        Verifier::new(provider)
    } else {
        Verifier::new_with_extra_roots(roots, provider)
    }
}
