//! OpenAI's protocol below `/v1`, as served by Ollama, llama.cpp's server and vLLM.

use std::io;

use serde_json::{Value, json};

use super::{
    Host, Misbehaviour, Refusal,
    chat::{THOUGHT, laid_out},
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
    let misbehaviour = Misbehaviour::of_model(model);
    let refused = Refusal::of_model(model).and_then(|refusal| refusal.of_completion(body));
    if let Some((status, error)) = refused {
        service.end(Ending::Failed);
        return connection.answer(status, &error).await;
    }
    let most = body["max_tokens"].as_u64().and_then(|most| usize::try_from(most).ok());
    let window = usize::try_from(host.settings.num_ctx).unwrap_or(usize::MAX);
    let (prompt_tokens, asked) = (chat.prompt_chars / 4 + 1, most.unwrap_or(0));
    if misbehaviour == Some(Misbehaviour::StrictWindow) && prompt_tokens + asked > window {
        service.end(Ending::Failed);
        return connection
            .answer("400 Bad Request", &too_large(prompt_tokens, asked, window))
            .await;
    }
    let mut tokens = tokens(host, &chat, schema);
    let is_avoided = body["reasoning_effort"] == "none"
        || body["chat_template_kwargs"]["enable_thinking"] == false;
    let most = most.unwrap_or(usize::MAX);
    let thoughts = host.settings.thought(is_avoided);
    let is_cut = thoughts + tokens.len() > most;
    let thoughts = thoughts.min(most);
    tokens.truncate(most - thoughts);
    let reason = if is_cut { "length" } else { "stop" };
    connection.begin_events().await?;
    if misbehaviour == Some(Misbehaviour::OddFrames) {
        for token in &tokens {
            event(connection, &json!({})).await?;
            event(connection, &Value::Null).await?;
            let parts = json!([{"type": "text", "text": token}, {"type": "image_url"}]);
            event(connection, &piece(model, &json!({"content": parts}), &Value::Null)).await?;
        }
        let mut last = piece(model, &json!({"content": null}), &json!(reason));
        last["usage"] = json!({"prompt_tokens": prompt_tokens, "completion_tokens": null});
        event(connection, &last).await?;
        service.end(Ending::Completed);
        return connection.end_stream().await;
    }
    for _ in 0..thoughts {
        let thought = json!({"reasoning_content": THOUGHT});
        event(connection, &piece(model, &thought, &Value::Null)).await?;
    }
    for token in &tokens {
        event(connection, &piece(model, &json!({"content": token}), &Value::Null)).await?;
    }
    event(connection, &piece(model, &json!({}), &json!(reason))).await?;
    let usage = json!({"prompt_tokens": prompt_tokens,
        "completion_tokens": (thoughts + tokens.len()).max(1), "total_tokens": 0});
    event(connection, &json!({"model": model, "choices": [], "usage": usage})).await?;
    connection.chunk(b"data: [DONE]\n\n").await?;
    service.end(Ending::Completed);
    connection.end_stream().await
}

fn tokens(host: &Host, chat: &Chat, schema: &Value) -> Vec<String> {
    let settings = &host.settings;
    let key = (settings.seed, chat.seed, &chat.model, &chat.prompt);
    let misbehaviour = Misbehaviour::of_model(&chat.model);
    let free_text = misbehaviour.and_then(Misbehaviour::free_text);
    let mut author = Author::new(&key, settings.tokens, settings.agree_p, free_text);
    let in_prose = !schema.is_object() || misbehaviour == Some(Misbehaviour::Prose);
    let reply = if in_prose {
        match described::object(&chat.prompt, &mut author) {
            Some(object) if misbehaviour.is_none() => object.to_string(),
            Some(_) | None => author.prose(&chat.prompt),
        }
    } else {
        author.reply_in(schema, &chat.prompt).to_string()
    };
    pieces(&match misbehaviour {
        Some(misbehaviour) => misbehaviour.aloud(reply),
        None => reply,
    })
}

/// The message of vLLM.
fn too_large(prompt: usize, asked: usize, window: usize) -> Value {
    let message = format!(
        "'max_tokens' or 'max_completion_tokens' is too large: {asked}. This model's maximum \
         context length is {window} tokens and your request has {prompt} input tokens ({asked} > \
         {window} - {prompt})."
    );
    json!({"object": "error", "message": message, "type": "BadRequestError", "param": null,
           "code": 400})
}

fn piece(model: &str, delta: &Value, reason: &Value) -> Value {
    json!({"object": "chat.completion.chunk", "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
}

async fn event(connection: &mut Connection, data: &Value) -> io::Result<()> {
    connection.chunk(format!("data: {data}\n\n").as_bytes()).await
}
