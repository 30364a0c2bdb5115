//! OpenAI's protocol below `/v1`, which Ollama serves too: llama.cpp's server and vLLM speak the same.

use std::io;

use serde_json::{Value, json};

use super::{
    Host, Refusal,
    chat::laid_out,
    connection::{Connection, Request},
    described,
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
    let refused = Refusal::of_model(model).and_then(|refusal| refusal.of_completion(body));
    if let Some((status, error)) = refused {
        service.end(Ending::Failed);
        return connection.answer(status, &error).await;
    }
    let mut tokens = tokens(host, &chat, schema);
    let most = body["max_tokens"].as_u64().and_then(|most| usize::try_from(most).ok());
    let is_cut = most.is_some_and(|most| tokens.len() > most);
    tokens.truncate(most.unwrap_or(usize::MAX));
    connection.begin_events().await?;
    for token in &tokens {
        event(connection, &piece(model, &json!({"content": token}), &Value::Null)).await?;
    }
    let reason = if is_cut { "length" } else { "stop" };
    event(connection, &piece(model, &json!({}), &json!(reason))).await?;
    let usage = json!({"prompt_tokens": chat.prompt_chars / 4 + 1,
        "completion_tokens": tokens.len().max(1), "total_tokens": 0});
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
        match described::object(&chat.prompt, &mut author) {
            Some(object) => pieces(&object.to_string()),
            None => pieces(&author.prose(&chat.prompt)),
        }
    }
}

fn piece(model: &str, delta: &Value, reason: &Value) -> Value {
    json!({"object": "chat.completion.chunk", "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
}

async fn event(connection: &mut Connection, data: &Value) -> io::Result<()> {
    connection.chunk(format!("data: {data}\n\n").as_bytes()).await
}
