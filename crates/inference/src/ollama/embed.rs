use std::sync::Arc;

use synod_ollama_client::{Client, EmbedRequest, Input, Options, TimeLimits};
use tokio::time::Instant;

use super::{error::call_error, load_profile::FixedProfile, model::LONGEST_CALL};
use crate::{ChatError, Embeddings, ModelInfo, client_error::tokens};

/// Turns texts into vectors. The caller limits the time.
pub(super) async fn embed(
    client: Client,
    info: ModelInfo,
    profile: Arc<FixedProfile>,
    texts: Vec<String>,
) -> Result<Embeddings, ChatError> {
    let request = EmbedRequest {
        // Rather an error than the vector of half a text.
        truncate: Some(false),
        options: profile
            .num_ctx()
            .map(|num_ctx| Options { num_ctx: Some(num_ctx), ..Options::default() }),
        keep_alive: profile.keep_alive(),
        ..EmbedRequest::new(info.model.as_str(), Input::Many(texts))
    };
    let limits = TimeLimits { first_byte: None, idle: None, total: Some(LONGEST_CALL) };
    let begin = Instant::now();
    let reply = client.with_limits(limits).embed(&request).await;
    let reply = reply.map_err(|error| call_error(error, &info, LONGEST_CALL, begin, false))?;
    Ok(Embeddings {
        vectors: reply.embeddings,
        prompt_tokens: reply.prompt_eval_count.and_then(tokens),
    })
}
