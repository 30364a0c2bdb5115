use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// A server of TLS on a port of this machine. It makes handshakes and responds to no request. It stops
/// when it is dropped.
#[derive(Debug)]
pub struct TlsServer {
    /// Host and port, as `localhost:40001`.
    pub address: String,
    /// Its certificate, which it has signed itself, in DER.
    pub certificate: Vec<u8>,
    task: JoinHandle<()>,
}

/// What is particular about the certificate of a [`TlsServer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// It is for `localhost`, and valid.
    Valid,
    /// It is for another name.
    OfAnotherName,
    /// It has expired.
    Expired,
    /// It is that of a CA.
    OfCa,
}

/// What a [`TlsServer`] does with a client that does not speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainText {
    /// It sends an alert of TLS, as rustls does.
    Alert,
    /// It closes the connection, as OpenSSL does.
    Closed,
}

/// The versions of TLS that a [`TlsServer`] speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl TlsServer {
    /// Starts a server.
    ///
    /// # Panics
    /// If no port of this machine can be bound.
    pub async fn start(kind: Certificate, plain_text: PlainText) -> Self {
        Self::accepting(acceptor(kind, None), plain_text).await
    }

    /// Starts a server that speaks this version only, and wants certificates of its clients.
    ///
    /// # Panics
    /// If no port of this machine can be bound.
    pub async fn wanting_certificates(version: TlsVersion) -> Self {
        Self::accepting(acceptor(Certificate::Valid, Some(version)), PlainText::Closed).await
    }

    async fn accepting(
        (certificate, acceptor): (Vec<u8>, TlsAcceptor),
        plain_text: PlainText,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve(socket, acceptor.clone(), plain_text));
            }
        });
        Self { address: format!("localhost:{port}"), certificate, task }
    }
}

async fn serve(socket: TcpStream, acceptor: TlsAcceptor, plain_text: PlainText) {
    /// The type of the first record of TLS.
    const HANDSHAKE: u8 = 22;
    let mut first = [0];
    let is_plain = socket.peek(&mut first).await.is_ok() && first != [HANDSHAKE];
    if is_plain && plain_text == PlainText::Closed {
        return;
    }
    if let Ok(mut socket) = acceptor.accept(socket).await {
        // Until the client leaves.
        while socket.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
    }
}

/// An acceptor with this certificate. `wanting`: it wants certificates of clients, in this version.
fn acceptor(kind: Certificate, wanting: Option<TlsVersion>) -> (Vec<u8>, TlsAcceptor) {
    let name = if kind == Certificate::OfAnotherName { "gpu.lan" } else { "localhost" };
    let mut params = CertificateParams::new([name.to_owned()]).expect("a valid name");
    match kind {
        Certificate::Valid | Certificate::OfAnotherName => {}
        Certificate::Expired => params.not_after = date_time_ymd(2020, 1, 1),
        Certificate::OfCa => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
    }
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("valid parameters").der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key in PKCS 8");
    let provider = Arc::new(ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider));
    let versions = match wanting {
        Some(TlsVersion::Tls12) => vec![&rustls::version::TLS12],
        Some(TlsVersion::Tls13) => vec![&rustls::version::TLS13],
        None => rustls::ALL_VERSIONS.to_vec(),
    };
    let config = config.with_protocol_versions(&versions).expect("versions of the provider");
    let config = if wanting.is_some() {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).expect("a certificate");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().expect("a verifier"))
    } else {
        config.with_no_client_auth()
    };
    let config =
        config.with_single_cert(vec![certificate.clone()], key).expect("a certificate of this key");
    (certificate.to_vec(), TlsAcceptor::from(Arc::new(config)))
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
