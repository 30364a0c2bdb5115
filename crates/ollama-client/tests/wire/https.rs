//! TLS: which servers the client trusts, and that the key is sent only to those.

use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use synod_ollama_client::{BaseUrl, Client, ErrorKind, Retryable};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"version\":\"0.24.0\"}";

/// A server that responds to one request, and the head of that request.
async fn server(certificate: &CertifiedKey<KeyPair>) -> (BaseUrl, oneshot::Receiver<String>) {
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (asked, question) = oneshot::channel();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let Ok(mut socket) = TlsAcceptor::from(Arc::new(config)).accept(socket).await else {
            return;
        };
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            socket.read_buf(&mut head).await.unwrap();
        }
        socket.write_all(ANSWER.as_bytes()).await.unwrap();
        asked.send(String::from_utf8(head).unwrap()).unwrap();
        let _ = socket.read(&mut [0]).await;
    });
    (BaseUrl::parse(&base).unwrap(), question)
}

fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

#[tokio::test]
async fn a_trusted_server_gets_the_key() {
    let certificate = certificate();
    let (base, question) = server(&certificate).await;
    let client = Client::builder(base)
        .root_certificate(certificate.cert.der().to_vec())
        .api_key("s3cret")
        .build()
        .unwrap();
    assert_eq!(client.version().await.unwrap().as_str(), "0.24.0");
    assert!(question.await.unwrap().contains("authorization: Bearer s3cret\r\n"));
    assert!(CryptoProvider::get_default().is_none(), "the process's provider is not ours to set");
}

#[tokio::test]
async fn an_untrusted_server_gets_nothing() {
    let (base, question) = server(&certificate()).await;
    let client = Client::builder(base).api_key("s3cret").build().unwrap();
    let error = client.version().await.unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Tls, Retryable::No));
    assert!(error.message().contains("certificate"), "{error}");
    assert!(question.await.is_err());
}
