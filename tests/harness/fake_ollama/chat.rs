use std::{fmt::Write as _, io, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Host, Misbehaviour, Refusal,
    connection::{Connection, Request},
    described,
    journal::{Chat, Ending, InService, OpenConnection},
    memory::Use,
    models::{CREATED_AT, not_found},
    reply::{Author, pieces},
};

/// The word that a model repeats as thought. No reply contains it.
pub(super) const THOUGHT: &str = "pondering ";

pub(super) async fn answer(
    host: &Host,
    connection: &mut Connection,
    request: &Request,
    on: &OpenConnection,
) -> io::Result<()> {
    let body = &request.body;
    let Some(model) = body["model"].as_str().filter(|m| !m.is_empty()) else {
        return connection.answer("400 Bad Request", &json!({"error": "model is required"})).await;
    };
    if !host.knows(model) {
        return not_found(connection, model).await;
    }
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.is_empty() {
        drop(host.load(connection, request).await?);
        return connection.answer("200 OK", &line(model, "", Some("load"))).await;
    }
    let prompt = laid_out(messages);
    let chat = Chat {
        n: 0,
        t_ms: 0.0,
        model: model.to_owned(),
        prompt_chars: prompt.chars().count(),
        stream: body["stream"] != false,
        structured: !body["format"].is_null(),
        seed: body["options"]["seed"].as_i64(),
        prompt,
    };
    let service = host.journal.arrived(chat.clone(), on)?;
    let refused = Refusal::of_model(model).and_then(|refusal| refusal.of_chat(body));
    if let Some((status, error)) = refused {
        service.end(Ending::Failed);
        return connection.answer(status, &error).await;
    }
    let used = host.load(connection, request).await?;
    let misbehaviour = Misbehaviour::of_model(model);
    // The model is in use until the reply has ended.
    Reply { host, chat, misbehaviour, used }.send(connection, body, service).await
}

struct Reply<'a> {
    host: &'a Host,
    chat: Chat,
    misbehaviour: Option<Misbehaviour>,
    used: Use,
}

impl Reply<'_> {
    async fn send(
        &self,
        connection: &mut Connection,
        body: &Value,
        service: InService,
    ) -> io::Result<()> {
        let settings = &self.host.settings;
        let is_early = u64::try_from(service.n).is_ok_and(|n| n < settings.fail_first);
        if is_early || self.misbehaviour == Some(Misbehaviour::Busy) {
            service.end(Ending::Failed);
            let busy = "server busy, please try again. maximum pending requests exceeded";
            return connection.answer("503 Service Unavailable", &json!({"error": busy})).await;
        }
        if self.misbehaviour == Some(Misbehaviour::Load) && self.host.journal.is_first(&self.chat) {
            service.end(Ending::Completed);
            let loaded = line(&self.chat.model, "", Some("load"));
            return connection.answer("200 OK", &loaded).await;
        }
        let mut tokens = self.tokens(&body["format"]);
        // A model that can think does so unless the request disables it.
        let mut thoughts = settings.thought(body["think"] == false);
        let most = body["options"]["num_predict"].as_i64().and_then(|n| usize::try_from(n).ok());
        // Thought that fills the window ends the reply as well.
        let window = body["options"]["num_ctx"].as_u64().unwrap_or(settings.num_ctx);
        let room = usize::try_from(window).unwrap_or(usize::MAX);
        let room = room.saturating_sub(self.chat.prompt_chars / 4 + 1).max(1);
        let most = if thoughts > 0 { Some(most.unwrap_or(room).min(room)) } else { most };
        let most = most.filter(|most| *most > 0 && thoughts + tokens.len() > *most);
        if let Some(most) = most {
            thoughts = thoughts.min(most);
            tokens.truncate(most - thoughts);
        }
        let all = thoughts + tokens.len();
        let end = self.last_line(all, if most.is_some() { "length" } else { "stop" });

        let mut held_from = self.host.held_from.subscribe();
        connection.unless_gone(held_from.wait_for(|from| service.n < *from)).await?.ok();
        // Instants instead of pauses: a late token does not delay the next ones.
        let first = Instant::now() + settings.first_token();
        let due = |token: usize| {
            first + settings.between_tokens() * u32::try_from(token).unwrap_or(u32::MAX)
        };
        connection.pause_until(first).await?;
        if !self.chat.stream {
            connection.pause_until(due(all.saturating_sub(1))).await?;
            let mut whole = end;
            whole["message"]["content"] = json!(tokens.concat());
            if thoughts > 0 {
                whole["message"]["thinking"] = json!(THOUGHT.repeat(thoughts));
            }
            service.end(Ending::Completed);
            return connection.answer("200 OK", &whole).await;
        }
        connection.begin_stream().await?;
        for i in 0..thoughts {
            connection.pause_until(due(i)).await?;
            let mut thought = line(&self.chat.model, "", None);
            thought["message"]["thinking"] = json!(THOUGHT);
            connection.chunk(format!("{thought}\n").as_bytes()).await?;
        }
        for (i, token) in tokens.iter().enumerate() {
            connection.pause_until(due(thoughts + i)).await?;
            // Shorter replies fail at their last token.
            if i == settings.fail_after.min(tokens.len() - 1)
                && let Some(over) = self.mishap(connection).await?
            {
                service.end(Ending::Failed);
                return over;
            }
            self.write(connection, token).await?;
        }
        connection.chunk(format!("{end}\n").as_bytes()).await?;
        service.end(Ending::Completed);
        connection.end_stream().await
    }

    /// The misbehaviour in mid-stream. `Some` ends the reply, and an error also the connection.
    async fn mishap(&self, connection: &mut Connection) -> io::Result<Option<io::Result<()>>> {
        match self.misbehaviour {
            Some(Misbehaviour::ErrorLine) => {
                let error = "an error was encountered while running the model: unexpected EOF";
                connection.chunk(format!("{}\n", json!({"error": error})).as_bytes()).await?;
                Ok(Some(connection.end_stream().await))
            }
            Some(Misbehaviour::Reset) => Ok(Some(Err(connection.reset()))),
            Some(Misbehaviour::Eof) => Ok(Some(connection.end_stream().await)),
            Some(Misbehaviour::Stall) => {
                connection.pause(self.host.settings.stall()).await?;
                Ok(None)
            }
            Some(Misbehaviour::HalfUtf8) => {
                let mut bytes = line(&self.chat.model, "half ", None).to_string().into_bytes();
                let inside = bytes.windows(5).position(|w| w == b"half ").unwrap_or_default();
                bytes.splice(inside..inside + 5, *b"\xE2\x82");
                bytes.push(b'\n');
                connection.chunk(&bytes).await?;
                Ok(None)
            }
            Some(
                Misbehaviour::Busy
                | Misbehaviour::Empty
                | Misbehaviour::Prose
                | Misbehaviour::Megabyte
                | Misbehaviour::SplitUtf8
                | Misbehaviour::ForeignBallot
                | Misbehaviour::Marks
                | Misbehaviour::Pass
                | Misbehaviour::ThinkInContent
                | Misbehaviour::OpenThought
                | Misbehaviour::EndlessThought
                | Misbehaviour::Channels
                | Misbehaviour::Load
                | Misbehaviour::OddFrames
                | Misbehaviour::StrictWindow,
            )
            | None => Ok(None),
        }
    }

    async fn write(&self, connection: &mut Connection, token: &str) -> io::Result<()> {
        let text = format!("{}\n", line(&self.chat.model, token, None));
        let bytes = text.as_bytes();
        let inside = bytes.iter().position(|b| !b.is_ascii());
        match inside.filter(|_| self.misbehaviour == Some(Misbehaviour::SplitUtf8)) {
            Some(at) => {
                connection.chunk(&bytes[..=at]).await?;
                tokio::task::yield_now().await;
                connection.chunk(&bytes[at + 1..]).await
            }
            None => connection.chunk(bytes).await,
        }
    }

    fn tokens(&self, format: &Value) -> Vec<String> {
        let settings = &self.host.settings;
        let seed = self.chat.seed.filter(|_| !settings.ignores_seed);
        let key = (settings.seed, seed, &self.chat.model, &self.chat.prompt);
        let free_text = self.misbehaviour.and_then(Misbehaviour::free_text);
        let mut author = Author::new(&key, settings.tokens, settings.agree_p, free_text);
        let in_prose = !format.is_object() || self.misbehaviour == Some(Misbehaviour::Prose);
        match self.misbehaviour {
            Some(Misbehaviour::Empty) => vec![],
            // Everything on one line of the stream.
            Some(Misbehaviour::Megabyte) if in_prose => vec![author.prose(&self.chat.prompt)],
            Some(_) | None => {
                let reply = if in_prose {
                    match described::object(&self.chat.prompt, &mut author) {
                        Some(object) if self.misbehaviour.is_none() => object.to_string(),
                        Some(_) | None => author.prose(&self.chat.prompt),
                    }
                } else {
                    author.reply_in(format, &self.chat.prompt).to_string()
                };
                pieces(&match self.misbehaviour {
                    Some(misbehaviour) => misbehaviour.aloud(reply),
                    None => reply,
                })
            }
        }
    }

    fn last_line(&self, tokens: usize, reason: &str) -> Value {
        let mut end = line(&self.chat.model, "", Some(reason));
        let settings = &self.host.settings;
        // Metrics of zero are left out, as Ollama leaves them out.
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1);
        let written = u32::try_from(tokens).unwrap_or(u32::MAX);
        let (first, all) = (settings.first_token(), settings.between_tokens() * written);
        end["total_duration"] = json!(nanos(first + all));
        end["load_duration"] = json!(nanos(self.used.waited));
        end["prompt_eval_count"] = json!(self.chat.prompt_chars / 4 + 1);
        end["prompt_eval_duration"] = json!(nanos(first));
        if tokens > 0 {
            end["eval_count"] = json!(tokens);
            end["eval_duration"] = json!(nanos(all));
        }
        end
    }
}

fn line(model: &str, content: &str, done_reason: Option<&str>) -> Value {
    let mut line = json!({
        "model": model, "created_at": CREATED_AT,
        "message": {"role": "assistant", "content": content}, "done": done_reason.is_some(),
    });
    if let Some(reason) = done_reason {
        line["done_reason"] = json!(reason);
    }
    line
}

pub(super) fn laid_out(messages: &[Value]) -> String {
    let mut prompt = String::new();
    for message in messages {
        let text = |field: &str| message[field].as_str().unwrap_or_default();
        // Writing to a string cannot fail.
        write!(prompt, "<|{}|>\n{}<|end|>\n", text("role"), text("content")).unwrap_or_default();
    }
    prompt + "<|assistant|>\n"
}
