use std::{sync::Arc, time::Duration};

use synod_ollama_client::{Client, Error, ErrorKind, Retryable};
use tokio::time::timeout;

use super::error::detail as in_words;
use crate::{HostError, HostProtocol, listing_limit::limit_reached, not_ready::is_loading};

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
    of_error(client.base_url().to_string(), error)
}

fn of_error(address: String, error: Error) -> HostError {
    let detail = error.message().to_owned();
    let (status, retry_after) = (error.status(), error.retry_after());
    match error.kind() {
        ErrorKind::Transport if error.retryable() == Retryable::No => {
            HostError::of_distrust(address, detail, Arc::new(error))
        }
        ErrorKind::Transport | ErrorKind::Timeout => {
            HostError::Unreachable { address, source: Arc::new(error) }
        }
        ErrorKind::Unauthorized => {
            let detail = error.signin_url().map_or(detail, |url| format!("sign in at {url}"));
            HostError::Unauthorized { address, detail }
        }
        ErrorKind::Forbidden => {
            HostError::Forbidden { address, status: status.unwrap_or(403), detail }
        }
        ErrorKind::ModelNotFound | ErrorKind::EndpointMissing => {
            HostError::NotFound { address, status: status.unwrap_or(404), detail }
        }
        ErrorKind::Busy | ErrorKind::Upstream if status == Some(503) && is_loading(&detail) => {
            HostError::Loading { address, detail }
        }
        ErrorKind::Busy | ErrorKind::Upstream | ErrorKind::OutOfQuota => {
            HostError::Unavailable { address, status, detail, retry_after }
        }
        ErrorKind::BadRequest
        | ErrorKind::UnsupportedCapability
        | ErrorKind::ContextOverflow
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
        | ErrorKind::StreamError
        | ErrorKind::Truncated
        | ErrorKind::Protocol => HostError::Unreadable { address, detail: in_words(&error) },
        ErrorKind::Unusable => HostError::Unreadable { address, detail },
    }
}

/// Whether the failure is one of a server that speaks something else: LM Studio answers a path that
/// it does not know with 200 and an error, and llama.cpp's server has an `/api/tags` of its own.
const fn may_be_of_other_kind(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::ModelNotFound
        | ErrorKind::EndpointMissing
        | ErrorKind::BadRequest
        | ErrorKind::UnsupportedCapability
        | ErrorKind::StreamError
        | ErrorKind::Protocol => true,
        ErrorKind::Transport
        | ErrorKind::Timeout
        | ErrorKind::Unauthorized
        | ErrorKind::Forbidden
        | ErrorKind::Busy
        | ErrorKind::Upstream
        | ErrorKind::ContextOverflow
        | ErrorKind::LoadFailed
        | ErrorKind::RunnerCrashed
        | ErrorKind::OutOfQuota
        | ErrorKind::Truncated
        | ErrorKind::Unusable => false,
    }
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
