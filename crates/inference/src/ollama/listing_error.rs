use std::time::Duration;

use synod_ollama_client::{Client, Error};
use tokio::time::timeout;

use crate::{
    HostError, HostProtocol,
    client_error::{host_error, may_be_of_other_kind},
    listing_limit::limit_reached,
};

/// How long a server may take to say what it speaks.
const LIMIT: Duration = Duration::from_secs(2);

/// Why a server did not list its models. One that answers, but not as an Ollama does, is asked in
/// OpenAI's protocol.
pub(super) async fn listing_error(
    client: &Client,
    error: Error,
    limit: Option<Duration>,
) -> HostError {
    if let Some(reached) = limit.and_then(|limit| limit_reached(error.time_limit()?, limit)) {
        return reached;
    }
    if may_be_of_other_kind(error.kind()) && speaks_openai(client).await {
        let address = client.base_url().to_string();
        return HostError::WrongKind { address, speaks: HostProtocol::OpenAi };
    }
    host_error(client.base_url().to_string(), error)
}

async fn speaks_openai(client: &Client) -> bool {
    timeout(LIMIT, client.speaks_openai()).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        HostName, ModelHost, OllamaHost,
        fake_server::{Answer, FakeServer},
    };

    async fn refused(tags: Answer, models: Option<Answer>) -> HostError {
        let fake = FakeServer::start().await.answering("/api/tags", tags);
        if let Some(models) = models {
            fake.replace("/v1/models", models);
        }
        let client = Client::new(&fake.address).unwrap();
        OllamaHost::new(HostName::new("hall").unwrap(), client).models().await.unwrap_err()
    }

    #[tokio::test]
    async fn each_refusal_is_of_its_own_kind() {
        let error = refused(Answer::text(401, "401 Unauthorized"), None).await;
        assert!(matches!(error, HostError::Unauthorized { .. }), "{error:?}");
        let error = refused(Answer::text(403, ""), None).await;
        assert!(matches!(error, HostError::Forbidden { .. }), "{error:?}");
        let error = refused(Answer::text(404, "404 page not found"), None).await;
        assert!(matches!(error, HostError::NotFound { .. }), "{error:?}");
        let error = refused(Answer::text(503, "<html>"), None).await;
        assert!(matches!(error, HostError::Unavailable { status: Some(503), .. }), "{error:?}");
        let page = Answer::text(200, "<html>").header("content-type", "text/html");
        let error = refused(page, None).await;
        assert!(matches!(error, HostError::Unreadable { .. }), "{error:?}");
    }

    /// Not one is taken for a response of another protocol.
    #[tokio::test]
    async fn every_refusing_status_is_a_refusal() {
        for status in 400..=599 {
            let error = refused(Answer::text(status, "no"), None).await;
            match status {
                401 => assert!(matches!(error, HostError::Unauthorized { .. }), "{error:?}"),
                402 => assert!(matches!(error, HostError::NoCredit { .. }), "{error:?}"),
                403 | 407 | 451 => {
                    assert!(matches!(error, HostError::Forbidden { .. }), "{error:?}");
                }
                404 | 405 | 410 | 501 => {
                    assert!(matches!(error, HostError::NotFound { .. }), "{error:?}");
                }
                429 | 499..=599 => {
                    assert!(matches!(error, HostError::Unavailable { .. }), "{error:?}");
                }
                _ => assert!(matches!(error, HostError::Refused { .. }), "{error:?}"),
            }
            assert!(error.to_string().contains(&format!("({status})")), "{error}");
        }
    }

    /// What llama.cpp's server, vLLM with a key, and LM Studio answer to `/api/tags`.
    #[tokio::test]
    async fn a_server_of_openais_protocol_is_recognised() {
        let models = json!({"object": "list", "data": [{"id": "m", "owned_by": "llamacpp"}]});
        let llama_cpp = json!({
            "models": [{"name": "m", "model": "m", "modified_at": "", "size": "", "digest": "",
                "capabilities": ["completion"]}],
            "object": "list", "data": [{"id": "m"}],
        });
        let vllm = Answer::text(404, r#"{"detail":"Not Found"}"#);
        let studio = json!({"error": "Unexpected endpoint or method. (GET /api/tags)"});
        for (tags, models) in [
            (Answer::json(&llama_cpp), Answer::json(&models)),
            (vllm, Answer::text(401, r#"{"error":"Unauthorized"}"#)),
            (Answer::json(&studio), Answer::json(&models)),
        ] {
            let error = refused(tags, Some(models)).await;
            let HostError::WrongKind { speaks, .. } = &error else { panic!("{error:?}") };
            assert_eq!(*speaks, HostProtocol::OpenAi);
        }
    }
}
