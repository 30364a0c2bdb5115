use std::time::Duration;

use synod_openai_client::{Client, Error};

#[cfg(feature = "ollama")]
use crate::client_error::may_be_of_other_kind;
use crate::{HostError, client_error::host_error, listing_limit::limit_reached};

/// Why a server did not list its models. One that answers, but not by OpenAI's protocol, is asked
/// whether it is an Ollama.
pub(super) async fn listing_error(
    client: &Client,
    error: Error,
    limit: Option<Duration>,
) -> HostError {
    if let Some(reached) = limit.and_then(|limit| limit_reached(error.time_limit()?, limit)) {
        return reached;
    }
    #[cfg(feature = "ollama")]
    if may_be_of_other_kind(error.kind()) && is_ollama(client).await {
        let (address, speaks) = (client.base_url().to_string(), crate::HostProtocol::Ollama);
        return HostError::WrongKind { address, speaks };
    }
    host_error(client.base_url().to_string(), error)
}

/// Whether the server reports a version as Ollama does. No key is sent: Ollama wants none for it.
#[cfg(feature = "ollama")]
async fn is_ollama(client: &Client) -> bool {
    use synod_ollama_client as ollama;

    /// How long a server may take to say what it is.
    const LIMIT: Duration = Duration::from_secs(2);

    let origin = client.base_url().as_url().origin().ascii_serialization();
    let Ok(ollama) = ollama::Client::new(&origin) else { return false };
    matches!(tokio::time::timeout(LIMIT, ollama.version()).await, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        HostName, HostProtocol, ModelHost, OpenAiHost,
        fake_server::{Answer, FakeServer},
    };

    const MODELS: &str = "/v1/models";

    async fn refused(fake: &FakeServer) -> HostError {
        let client = Client::new(&fake.address).unwrap();
        OpenAiHost::new(HostName::new("gpu").unwrap(), client).models().await.unwrap_err()
    }

    async fn refused_with(status: u16, body: &str) -> HostError {
        refused(&FakeServer::start().await.answering(MODELS, Answer::text(status, body))).await
    }

    /// The bodies are those of vLLM, llama.cpp's server, nginx and a router without the path.
    #[tokio::test]
    async fn each_refusal_is_of_its_own_kind() {
        let error = refused_with(401, r#"{"error":"Unauthorized"}"#).await;
        assert!(matches!(error, HostError::Unauthorized { .. }), "{error:?}");
        let error = refused_with(
            401,
            r#"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#,
        )
        .await;
        assert!(error.to_string().ends_with("(401): Invalid API Key"), "{error}");
        let error = refused_with(403, "<html>403 Forbidden</html>").await;
        assert!(matches!(error, HostError::Forbidden { status: 403, .. }), "{error:?}");
        let error = refused_with(404, "404 page not found").await;
        assert!(matches!(error, HostError::NotFound { status: 404, .. }), "{error:?}");
        assert!(error.to_string().contains("/v1 has no list of models (404)"), "{error}");
        let error = refused_with(502, "<html>502 Bad Gateway</html>").await;
        assert!(matches!(error, HostError::Unavailable { status: Some(502), .. }), "{error:?}");
        let error = refused_with(200, r#"{"data": 7}"#).await;
        assert!(matches!(error, HostError::Unreadable { .. }), "{error:?}");
    }

    /// Not one is taken for a response of another protocol.
    #[tokio::test]
    async fn every_refusing_status_is_a_refusal() {
        for status in 400..=599 {
            let error = refused_with(status, "no").await;
            match status {
                401 => assert!(matches!(error, HostError::Unauthorized { .. }), "{error:?}"),
                402 => assert!(matches!(error, HostError::NoCredit { .. }), "{error:?}"),
                403 | 407 | 451 => {
                    assert!(matches!(error, HostError::Forbidden { .. }), "{error:?}");
                }
                404 | 405 | 410 | 501 => {
                    assert!(matches!(error, HostError::NotFound { .. }), "{error:?}");
                }
                408 | 409 | 425 | 429 | 498 | 500..=599 => {
                    assert!(matches!(error, HostError::Unavailable { .. }), "{error:?}");
                }
                _ => assert!(matches!(error, HostError::Refused { .. }), "{error:?}"),
            }
            assert!(error.to_string().contains(&format!("({status})")), "{error}");
        }
    }

    #[tokio::test]
    async fn a_loading_server_differs_from_a_busy_one() {
        let loading =
            r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#;
        let error = refused_with(503, loading).await;
        assert!(matches!(error, HostError::Loading { .. }), "{error:?}");
        let busy = Answer::text(503, "<html>503 Service Temporarily Unavailable</html>");
        let busy = FakeServer::start().await.answering(MODELS, busy.header("retry-after", "7"));
        let HostError::Unavailable { status, retry_after, .. } = refused(&busy).await else {
            panic!("it is not loading")
        };
        assert_eq!((status, retry_after), (Some(503), Some(Duration::from_secs(7))));
    }

    #[tokio::test]
    async fn an_ollama_that_is_asked_at_a_wrong_path_is_recognised() {
        let version = Answer::json(&json!({"version": "0.32.15"}));
        let error = refused(&FakeServer::start().await.answering("/api/version", version)).await;
        let HostError::WrongKind { speaks, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*speaks, HostProtocol::Ollama);
    }
}
