//! Makes a call and records, as JSON, everything that a caller sees of its outcome.

use std::time::Duration;

use serde_json::{Map, Value, json};
use synod_ollama_client::{
    ChatChunk, ChatReply, Client, Error, GenerateReply, Logprob, ReplyMetrics, Result, Retryable,
    TimeLimit, ToolCall,
};
use tokio::time::Instant;

use crate::requests;

/// How the caller behaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Caller {
    /// Leave after this number of pieces with text.
    pub(crate) leave_after: Option<u64>,
    /// Leave after this time without an outcome.
    pub(crate) leave_at: Option<Duration>,
    /// Pause after each piece.
    pub(crate) pause: Duration,
}

/// What the caller saw.
#[derive(Debug)]
pub(crate) struct Observed {
    /// `outcome` and the fields that the kind of call has.
    pub(crate) json: Value,
    /// When the caller left.
    pub(crate) left_at: Option<Instant>,
}

impl Observed {
    fn ok(mut fields: Value) -> Self {
        fields["outcome"] = json!("ok");
        Self { json: fields, left_at: None }
    }

    fn error(error: &Error, partial_content: &str) -> Self {
        let json = json!({ "outcome": "error", "error": error_json(error, partial_content) });
        Self { json, left_at: None }
    }

    fn left(partial_content: &str) -> Self {
        let json = json!({ "outcome": "cancelled", "partial_content": partial_content });
        Self { json, left_at: Some(Instant::now()) }
    }

    fn of<T>(result: Result<T>, fields: impl FnOnce(T) -> Value) -> Self {
        match result {
            Ok(reply) => Self::ok(fields(reply)),
            Err(error) => Self::error(&error, error.partial_content()),
        }
    }
}

/// Makes the call of a method, a path and a body.
pub(crate) async fn call(
    client: &Client,
    method: &str,
    path: &str,
    body: &Value,
    caller: Caller,
) -> Observed {
    match (method, path) {
        ("POST", "/api/chat") => chat(client, body, caller).await,
        ("POST", "/api/generate") => generate(client, body).await,
        ("POST", "/api/embed") => Observed::of(
            client.embed(&requests::embed(body)).await,
            |reply| json!({ "embeddings": reply.embeddings, "prompt_eval_count": reply.prompt_eval_count }),
        ),
        ("GET", "/api/tags") => Observed::of(client.tags().await, |models| {
            json!({
                "models": models.len(),
                "names": models.iter().map(|m| &m.name).collect::<Vec<_>>(),
                "sizes": models.iter().map(|m| m.size).collect::<Vec<_>>(),
                "first_capabilities": models.first().map(|m| &m.capabilities),
                "second_capabilities": models.get(1).map(|m| &m.capabilities),
            })
        }),
        ("GET", "/api/ps") => Observed::of(client.ps().await, |models| {
            json!({
                "models": models.len(),
                "names": models.iter().map(|m| &m.name).collect::<Vec<_>>(),
                "sizes": models.iter().map(|m| m.size).collect::<Vec<_>>(),
                "expire": models.iter().all(|m| m.expires_at.is_some()),
                "context_length": models.first().map(|m| m.context_length),
                "offload_ratio": models.first().map(|m| m.gpu_share()),
            })
        }),
        ("POST", "/api/show") => {
            let model = body["model"].as_str().unwrap_or_default();
            Observed::of(client.show(model).await, |info| {
                json!({
                    "capabilities": info.capabilities,
                    "context_length": info.context_length(),
                    "template": info.template,
                    "family": info.details.family,
                })
            })
        }
        ("POST", "/api/pull") => pull(client, body).await,
        ("GET", "/api/version") => Observed::of(client.version().await, |version| {
            let known = version.at_least(0, 0, 0).is_some();
            json!({
                "version": version.numbers().map(|(major, minor, patch)| [major, minor, patch]),
                "text": version.as_str(),
                "treat_as": if known { "known" } else { "unknown" },
            })
        }),
        _ => panic!("no call of the client is {method} {path}"),
    }
}

async fn chat(client: &Client, body: &Value, caller: Caller) -> Observed {
    let request = requests::chat(body);
    let observed = if requests::is_streamed(body) {
        let stream = chat_stream(client, &request, caller);
        match caller.leave_at {
            Some(patience) => match tokio::time::timeout(patience, stream).await {
                Ok(outcome) => outcome,
                Err(_) => return Observed::left(""),
            },
            None => stream.await,
        }
    } else {
        client.chat(&request).await.map(|reply| (reply, Vec::new())).map_err(|error| {
            let partial = error.partial_content().to_owned();
            Stop::Failed(error, partial)
        })
    };
    let (reply, deltas) = match observed {
        Ok(whole) => whole,
        Err(Stop::Failed(error, partial)) => return Observed::error(&error, &partial),
        Err(Stop::Left(partial)) => return Observed::left(&partial),
    };
    Observed::ok(chat_json(&reply, &deltas))
}

enum Stop {
    Failed(Error, String),
    Left(String),
}

async fn chat_stream(
    client: &Client,
    request: &synod_ollama_client::ChatRequest,
    caller: Caller,
) -> std::result::Result<(ChatReply, Vec<String>), Stop> {
    let mut reply = ChatReply::default();
    let mut deltas = Vec::new();
    let mut stream =
        client.chat_stream(request).await.map_err(|error| Stop::Failed(error, String::new()))?;
    while let Some(chunk) = stream.next().await {
        let chunk: ChatChunk = chunk.map_err(|error| Stop::Failed(error, reply.content.clone()))?;
        if !chunk.content.is_empty() {
            deltas.push(chunk.content.clone());
        }
        reply.push(chunk);
        if caller.leave_after.is_some_and(|most| deltas.len() as u64 >= most) {
            return Err(Stop::Left(reply.content));
        }
        if !caller.pause.is_zero() {
            tokio::time::sleep(caller.pause).await;
        }
    }
    Ok((reply, deltas))
}

async fn generate(client: &Client, body: &Value) -> Observed {
    let request = requests::generate(body);
    if !requests::is_streamed(body) {
        return Observed::of(client.generate(&request).await, |reply| generate_json(&reply));
    }
    match client.generate_stream(&request).await {
        Ok(stream) => Observed::of(stream.collect().await, |reply| generate_json(&reply)),
        Err(error) => Observed::error(&error, ""),
    }
}

async fn pull(client: &Client, body: &Value) -> Observed {
    let mut stream = match client.pull(&requests::pull(body)).await {
        Ok(stream) => stream,
        Err(error) => return Observed::error(&error, ""),
    };
    let mut statuses = Vec::new();
    let mut last = Value::Null;
    while let Some(progress) = stream.next().await {
        match progress {
            Ok(progress) => {
                last = json!({ "total": progress.total, "completed": progress.completed });
                statuses.push(progress.status);
            }
            Err(error) => {
                let mut observed = Observed::error(&error, "");
                observed.json["statuses"] = json!(statuses);
                return observed;
            }
        }
    }
    Observed::ok(json!({
        "events": statuses.len(),
        "final_status": statuses.last(),
        "statuses": statuses,
        "last": last,
    }))
}

fn chat_json(reply: &ChatReply, deltas: &[String]) -> Value {
    json!({
        "model": reply.model,
        "stamped": reply.created_at.is_some(),
        "content": reply.content,
        "thinking": reply.thinking,
        "deltas": deltas,
        "deltas_count": deltas.len(),
        "tool_calls": reply.tool_calls.iter().map(tool_call_json).collect::<Vec<_>>(),
        "tool_calls_raw_arguments": reply.tool_calls.first().map(|call| call.arguments.get()),
        "logprobs": reply.logprobs.iter().map(logprob_json).collect::<Vec<_>>(),
        "logprobs_count": reply.logprobs.len(),
        "done_reason": reply.done_reason,
        "truncated_output": reply.was_cut(),
        "metrics": metrics_json(&reply.metrics),
        "remote_model": reply.remote_model,
        "remote_host": reply.remote_host,
        "rendered_template": reply.rendered_prompt,
    })
}

fn generate_json(reply: &GenerateReply) -> Value {
    json!({
        "model": reply.model,
        "stamped": reply.created_at.is_some(),
        "content": reply.response,
        "thinking": reply.thinking,
        "done_reason": reply.done_reason,
        "context": reply.context,
        "context_len": reply.context.len(),
        "metrics": metrics_json(&reply.metrics),
    })
}

fn tool_call_json(call: &ToolCall) -> Value {
    json!({
        "id": call.id,
        "index": call.index,
        "name": call.name,
        "arguments": call.arguments.read::<Value>().unwrap(),
    })
}

fn logprob_json(logprob: &Logprob) -> Value {
    let token = |token: &str, logprob: f64, bytes: &[u8]| {
        let mut json = json!({ "token": token, "logprob": logprob });
        if !bytes.is_empty() {
            json["bytes"] = json!(bytes);
        }
        json
    };
    let mut json = token(&logprob.token, logprob.logprob, &logprob.bytes);
    if !logprob.top_logprobs.is_empty() {
        let others = logprob.top_logprobs.iter();
        json["top_logprobs"] =
            others.map(|other| token(&other.token, other.logprob, &other.bytes)).collect();
    }
    json
}

/// The metrics as on the wire: nanoseconds, without missing ones.
fn metrics_json(metrics: &ReplyMetrics) -> Value {
    let nanos = |duration: Option<Duration>| {
        duration.map(|duration| u64::try_from(duration.as_nanos()).unwrap())
    };
    let all = [
        ("total_duration", nanos(metrics.total_duration)),
        ("load_duration", nanos(metrics.load_duration)),
        ("prompt_eval_count", metrics.prompt_eval_count),
        ("prompt_eval_duration", nanos(metrics.prompt_eval_duration)),
        ("eval_count", metrics.eval_count),
        ("eval_duration", nanos(metrics.eval_duration)),
    ];
    let known = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
    Value::Object(known.collect::<Map<_, _>>())
}

fn error_json(error: &Error, partial_content: &str) -> Value {
    let overflow = error.context_overflow();
    json!({
        "kind": error.kind().as_str(),
        "retryable": match error.retryable() {
            Retryable::Yes => json!(true),
            Retryable::No => json!(false),
            Retryable::Once => json!("once"),
            Retryable::ByCaller => json!("by_caller"),
        },
        "status": error.status(),
        "message": error.message(),
        "partial_content": partial_content,
        "raw": partial_content,
        "mapped_kind": error.reported_kind().map(|kind| kind.as_str()),
        "n_prompt_tokens": overflow.and_then(|figures| figures.prompt_tokens),
        "n_ctx": overflow.map(|figures| figures.context_length),
        "signin_url": error.signin_url(),
        "retry_after_s": error.retry_after().map(|wait| wait.as_secs()),
        "phase": error.time_limit().map(|limit| match limit {
            TimeLimit::Connect => "connect",
            TimeLimit::FirstByte => "first_byte",
            TimeLimit::Idle => "idle",
            TimeLimit::Total => "deadline",
        }),
    })
}
