//! OpenAI's protocol below `/v1`, which Ollama serves too: llama.cpp's server and vLLM speak the same.

use std::io;

use serde_json::{Value, json};

use super::{
    Host,
    chat::{THOUGHT, laid_out},
    connection::{Connection, Request},
    journal::{Chat, Ending, OpenConnection},
    reply::{Author, pieces},
};

pub(super) async fn models(host: &Host, connection: &mut Connection) -> io::Result<()> {
    let model = |id: &String| json!({"id": id, "object": "model", "owned_by": "library"});
    let data: Vec<_> = host.settings.models.iter().map(model).collect();
    connection.answer("200 OK", &json!({"object": "list", "data": data})).await
}

pub(super) async fn chat(
    host: &Host,
    connection: &mut Connection,
    request: &Request,
    on: &OpenConnection,
) -> io::Result<()> {
    let body = &request.body;
    let model = body["model"].as_str().unwrap_or_default();
    if !host.knows(model) {
        let error = json!({"error": {"message": format!("model '{model}' not found"),
            "type": "not_found_error", "code": null}});
        return connection.answer("404 Not Found", &error).await;
    }
    let prompt = laid_out(body["messages"].as_array().map(Vec::as_slice).unwrap_or_default());
    let schema = &body["response_format"]["json_schema"]["schema"];
    let chat = Chat {
        n: 0,
        t_ms: 0.0,
        model: model.to_owned(),
        prompt_chars: prompt.chars().count(),
        stream: body["stream"] == true,
        structured: !schema.is_null(),
        seed: body["seed"].as_i64(),
        prompt,
    };
    let service = host.journal.arrived(chat.clone(), on)?;
    let mut tokens = tokens(host, &chat, schema);
    let is_avoided = body["reasoning_effort"] == "none"
        || body["chat_template_kwargs"]["enable_thinking"] == false;
    let mut thoughts = host.settings.thought(is_avoided);
    let most = body["max_tokens"].as_u64().and_then(|most| usize::try_from(most).ok());
    let most = most.unwrap_or(usize::MAX);
    let is_cut = thoughts + tokens.len() > most;
    thoughts = thoughts.min(most);
    tokens.truncate(most - thoughts);
    connection.begin_events().await?;
    for _ in 0..thoughts {
        let thought = json!({"reasoning_content": THOUGHT});
        event(connection, &piece(model, &thought, &Value::Null)).await?;
    }
    for token in &tokens {
        event(connection, &piece(model, &json!({"content": token}), &Value::Null)).await?;
    }
    let reason = if is_cut { "length" } else { "stop" };
    event(connection, &piece(model, &json!({}), &json!(reason))).await?;
    let usage = json!({"prompt_tokens": chat.prompt_chars / 4 + 1,
        "completion_tokens": (thoughts + tokens.len()).max(1), "total_tokens": 0});
    event(connection, &json!({"model": model, "choices": [], "usage": usage})).await?;
    connection.chunk(b"data: [DONE]\n\n").await?;
    service.end(Ending::Completed);
    connection.end_stream().await
}

fn tokens(host: &Host, chat: &Chat, schema: &Value) -> Vec<String> {
    let settings = &host.settings;
    let key = (settings.seed, chat.seed, &chat.model, &chat.prompt);
    let mut author = Author::new(&key, settings.tokens, settings.agree_p, None);
    if schema.is_object() {
        pieces(&author.instance(schema).to_string())
    } else {
        pieces(&author.prose(&chat.prompt))
    }
}

fn piece(model: &str, delta: &Value, reason: &Value) -> Value {
    json!({"object": "chat.completion.chunk", "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
}

async fn event(connection: &mut Connection, data: &Value) -> io::Result<()> {
    connection.chunk(format!("data: {data}\n\n").as_bytes()).await
}
