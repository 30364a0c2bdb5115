//! Hosts with which no connection, or none of TLS, can be made: each kind of host reports them alike.

use std::sync::Arc;

use futures_util::{StreamExt, future::ready};
use synod_http_transport::test_util::{
    Certificate, PlainText, ScriptedResponse, ScriptedServer, TlsServer, TlsVersion,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    ChatError, ChatRequest, HostError, HostName, Message, ModelHost, ModelInfo, ModelName,
    OllamaHost, OpenAiHost,
};

/// Hosts of each kind at this address that trust this certificate.
fn hosts(url: &str, trusted: Option<&[u8]>) -> [Arc<dyn ModelHost>; 2] {
    let name = HostName::new("gpu").unwrap();
    let mut ollama = synod_ollama_client::Client::builder(url.parse().unwrap());
    let mut openai = synod_openai_client::Client::builder(format!("{url}/v1").parse().unwrap());
    if let Some(certificate) = trusted {
        ollama = ollama.root_certificate(certificate);
        openai = openai.root_certificate(certificate);
    }
    let ollama = OllamaHost::new(name.clone(), ollama.build().unwrap());
    [Arc::new(ollama), Arc::new(OpenAiHost::new(name, openai.build().unwrap()))]
}

/// The errors of the list of models, and those of a load and of a call.
async fn errors(url: &str, trusted: Option<&[u8]>) -> Vec<(HostError, ChatError)> {
    let mut errors = Vec::new();
    for host in hosts(url, trusted) {
        let listing = host.models().await.unwrap_err();
        let info = ModelInfo::new(host.name().clone(), ModelName::new("m").unwrap());
        let model = host.chat_model(info);
        // A host of kind `openai` loads its models by calls.
        let load = model.warm_up().await.err();
        let call = model.chat(ChatRequest::new([Message::user("Tea or coffee?")]));
        let call = call.filter_map(|event| ready(event.err())).next().await.unwrap();
        if let Some(load) = load {
            assert_eq!(load.reason(), call.reason());
        }
        errors.push((listing, call));
    }
    errors
}

/// Checks that each kind of host refuses, with these words in the error of the list and of the call.
async fn refuse(
    url: &str,
    trusted: Option<&[u8]>,
    is_meant: fn(&HostError) -> bool,
    [in_listing, in_call]: [&str; 2],
) {
    for (listing, call) in errors(url, trusted).await {
        assert!(is_meant(&listing), "{listing:?}");
        assert!(listing.to_string().contains(in_listing), "{listing}");
        assert!(matches!(call, ChatError::Refused { .. }), "{call:?}");
        assert!(!call.is_host_not_ready() && !call.is_transient(), "{call:?}");
        assert!(call.reason().contains(in_call), "{}", call.reason());
    }
}

#[tokio::test]
async fn unusable_certificates_are_named_with_a_remedy() {
    let untrusted = TlsServer::start(Certificate::Valid, PlainText::Alert).await;
    refuse(
        &format!("https://{}", untrusted.address),
        None,
        |error| matches!(error, HostError::Untrusted { .. }),
        [
            "cannot be verified: invalid peer certificate: UnknownIssuer",
            "the certificate of the server is not trusted (invalid peer certificate: \
             UnknownIssuer); add the certificate of its CA to those of this machine, or name a \
             file that has it in SSL_CERT_FILE",
        ],
    )
    .await;

    let other = TlsServer::start(Certificate::OfAnotherName, PlainText::Alert).await;
    refuse(
        &format!("https://{}", other.address),
        Some(&other.certificate),
        |error| matches!(error, HostError::WrongCertificateName { .. }),
        ["is for another name: ", "; let the base URL contain a name of the certificate"],
    )
    .await;

    let expired = TlsServer::start(Certificate::Expired, PlainText::Alert).await;
    refuse(
        &format!("https://{}", expired.address),
        Some(&expired.certificate),
        |error| matches!(error, HostError::CertificateExpired { .. }),
        ["is not valid today: ", "; renew it on the server"],
    )
    .await;

    let of_ca = TlsServer::start(Certificate::OfCa, PlainText::Alert).await;
    refuse(
        &format!("https://{}", of_ca.address),
        Some(&of_ca.certificate),
        |error| matches!(error, HostError::CaCertificate { .. }),
        ["is that of a CA", "; make one with `basicConstraints=CA:FALSE`"],
    )
    .await;
}

#[tokio::test]
async fn https_to_a_server_without_tls_is_refused() {
    // llama.cpp's server and Go's take the handshake for a request that they cannot read.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            assert!(socket.read(&mut [0; 1024]).await.unwrap() > 0);
            socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    refuse(
        &format!("https://{address}"),
        None,
        |error| matches!(error, HostError::WithoutTls { .. }),
        [
            "does not speak TLS",
            "the server does not speak TLS; let the base URL begin with http://",
        ],
    )
    .await;
}

#[tokio::test]
async fn http_to_a_server_of_tls_is_refused() {
    const ADVICE: [&str; 2] =
        ["expects TLS", "the server expects TLS; let the base URL begin with https://"];
    let is_meant = |error: &HostError| matches!(error, HostError::OnlyTls { .. });
    for plain_text in [PlainText::Alert, PlainText::Closed] {
        let server = TlsServer::start(Certificate::Valid, plain_text).await;
        refuse(&format!("http://{}", server.address), None, is_meant, ADVICE).await;
    }
    for sentence in [
        "Client sent an HTTP request to an HTTPS server.\n",
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>",
        "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
    ] {
        let server = ScriptedServer::start().await;
        let refused = ScriptedResponse::text(400, sentence);
        for path in ["/api/tags", "/api/chat", "/v1/models", "/v1/chat/completions"] {
            server.replace(path, refused.clone());
        }
        refuse(&format!("http://{}", server.address), None, is_meant, ADVICE).await;
    }
}

/// A server that reads the beginning of each connection, sends these bytes, and closes it.
async fn answering(bytes: Vec<u8>, reset: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            assert!(socket.read(&mut [0; 4096]).await.unwrap() > 0);
            socket.write_all(&bytes).await.unwrap();
            if reset {
                socket.set_zero_linger().unwrap();
            }
        }
    });
    address.to_string()
}

#[tokio::test]
async fn alerts_say_what_to_change() {
    /// The type of the record, the version, the length, a fatal alert.
    const ALERT: [u8; 6] = [21, 3, 3, 0, 2, 2];
    type IsMeant = fn(&HostError) -> bool;
    let wants_certificate: IsMeant = |error| matches!(error, HostError::WantsCertificate { .. });
    let mismatch: IsMeant = |error| matches!(error, HostError::TlsMismatch { .. });
    let wrong_name: IsMeant = |error| matches!(error, HostError::WrongCertificateName { .. });
    let other: IsMeant = |error| matches!(error, HostError::TlsFailed { .. });
    let cases: [(u8, IsMeant, [&str; 2]); 8] = [
        (40, mismatch, ["refused the TLS ciphers of the client", "; enable ECDHE with AES-GCM or"]),
        (71, mismatch, ["refused the TLS ciphers of the client", "; enable ECDHE with AES-GCM or"]),
        (70, mismatch, ["speaks neither TLS 1.2 nor TLS 1.3", "; enable TLS 1.2 or 1.3"]),
        (116, wants_certificate, ["wants a certificate of its clients", "clients without a cert"]),
        (42, wants_certificate, ["wants a certificate of its clients", "clients without a cert"]),
        (
            112,
            wrong_name,
            ["UnrecognisedName", "; let the base URL contain a name that the server"],
        ),
        (80, other, ["InternalError", "; check the TLS settings and the log of the server"]),
        (49, other, ["AccessDenied", "; check the TLS settings and the log of the server"]),
    ];
    for (description, is_meant, words) in cases {
        let address = answering([&ALERT[..], &[description]].concat(), false).await;
        refuse(&format!("https://{address}"), None, is_meant, words).await;
    }
}

#[tokio::test]
async fn a_server_that_wants_certificates_of_clients_is_refused() {
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let server = TlsServer::wanting_certificates(version).await;
        refuse(
            &format!("https://{}", server.address),
            Some(&server.certificate),
            |error| matches!(error, HostError::WantsCertificate { .. }),
            ["wants a certificate of its clients", "the server wants a certificate of the client"],
        )
        .await;
    }
}

/// A proxy that is being restarted does so, and a wrong port, and a firewall.
#[tokio::test]
async fn a_close_during_the_handshake_may_pass_and_is_named() {
    for reset in [false, true] {
        let address = answering(Vec::new(), reset).await;
        for (listing, call) in errors(&format!("https://{address}"), None).await {
            assert!(matches!(listing, HostError::ClosedInHandshake { .. }), "{listing:?}");
            let said = format!("https://{address}");
            assert!(listing.to_string().starts_with(&said), "{listing}");
            assert!(call.is_host_not_ready(), "{call:?}");
            assert_eq!(
                call.reason(),
                "gpu cannot be reached: the server closed the connection during the TLS handshake; \
                 check the port, and that the server speaks TLS there"
            );
        }
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_named() {
    for (listing, call) in errors("http://no-such-host.invalid:9", None).await {
        assert!(matches!(listing, HostError::Unresolved { .. }), "{listing:?}");
        assert!(call.is_host_not_ready(), "a name may be resolved later: {call:?}");
        let said = "gpu cannot be reached: the name of the server cannot be resolved: ";
        assert!(call.reason().starts_with(said), "{}", call.reason());
    }
}
