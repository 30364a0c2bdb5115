//! A server with scripted responses, over TCP or TLS.

use std::{collections::HashMap, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{crypto::ring, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// Status line and body by path. Other paths return 404.
type Responses = Arc<HashMap<&'static str, (&'static str, String)>>;

/// A server that runs until it is dropped.
pub(crate) struct ScriptedHost {
    pub(crate) url: String,
    serving: JoinHandle<()>,
}

/// A self-signed certificate.
pub(crate) struct SelfSigned(CertifiedKey<KeyPair>);

impl SelfSigned {
    pub(crate) fn new() -> Self {
        Self(generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate"))
    }

    pub(crate) fn pem(&self) -> String {
        let body = STANDARD.encode(self.0.cert.der());
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::try_from(self.0.signing_key.serialize_der()).expect("a key");
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_no_client_auth()
                .with_single_cert(vec![self.0.cert.der().clone()], key)
                .expect("a certificate");
        TlsAcceptor::from(Arc::new(config))
    }
}

impl ScriptedHost {
    pub(crate) async fn with_responses(responses: &[(&'static str, &'static str, &str)]) -> Self {
        Self::start(responses, None).await
    }

    /// Starts the server with TLS.
    pub(crate) async fn over_tls(
        responses: &[(&'static str, &'static str, &str)],
        certificate: &SelfSigned,
    ) -> Self {
        Self::start(responses, Some(certificate.acceptor())).await
    }

    /// Starts a server that accepts connections and never responds.
    pub(crate) async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((socket, _)) = listener.accept().await {
                open.push(socket);
            }
        });
        Self { url, serving }
    }

    async fn start(
        responses: &[(&'static str, &'static str, &str)],
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let responses: Responses = Arc::new(
            responses
                .iter()
                .map(|(path, status, body)| (*path, (*status, (*body).to_owned())))
                .collect(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let url = match tls {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (responses, tls) = (Arc::clone(&responses), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => respond(socket, &responses).await,
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                respond(socket, &responses).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, serving }
    }
}

impl Drop for ScriptedHost {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Responds to one request without a body.
async fn respond(mut socket: impl AsyncRead + AsyncWrite + Unpin, responses: &Responses) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if socket.read_buf(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
        if head.first() == Some(&TLS_HANDSHAKE) {
            // As Go servers respond to TLS on a plain port.
            let refused = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request";
            socket.write_all(refused).await.unwrap_or_default();
            return;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let missing = ("404 Not Found", "404 page not found".to_owned());
    let (status, body) = responses.get(path).unwrap_or(&missing);
    let kind = if body.starts_with('{') { "application/json" } else { "text/plain" };
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\
         \r\n{body}",
        body.len()
    );
    socket.write_all(response.as_bytes()).await.unwrap_or_default();
    socket.shutdown().await.unwrap_or_default();
    // Wait for the client to close, because a reset would discard the response.
    let mut rest = [0; 64];
    let read = async { while socket.read(&mut rest).await.is_ok_and(|read| read > 0) {} };
    tokio::time::timeout(Duration::from_secs(1), read).await.unwrap_or_default();
}
