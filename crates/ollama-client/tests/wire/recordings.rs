//! Replays the exchanges of `recordings/`, or of the folder that `OLLAMA_RECORDINGS` names.
//!
//! The expected outcome is read from the recorded bytes by other, slower means. An exchange of an
//! unknown kind fails.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use synod_ollama_client::Client;

use crate::observe::{self, Caller};
use crate::requests::contains;
use synod_http_transport::test_util::{Ending, ScriptedResponse, ScriptedServer};

#[derive(Deserialize)]
struct Recording {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    body: Value,
}

#[derive(Deserialize)]
struct Response {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    chunks: Vec<Chunk>,
    closed: String,
}

#[derive(Deserialize)]
struct Chunk {
    bytes_utf8: String,
}

#[tokio::test]
async fn every_recording_has_its_outcome() {
    let folder = folder();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // OpenAI's protocol is that of synod-openai-client.
    let is_ours = |name: &str| name != "README.md" && !name.starts_with("v1-");
    files.retain(|file| file.file_name().and_then(|name| name.to_str()).is_some_and(is_ours));
    files.sort();
    assert!(!files.is_empty(), "no recordings in {}", folder.display());
    let mut failures = Vec::new();
    for file in &files {
        println!("{}", file.display());
        let recording = std::fs::read(file).unwrap();
        let recording: Recording = serde_json::from_slice(&recording)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let run = tokio::time::timeout(Duration::from_secs(10), recording.run());
        let problem = run.await.unwrap_or_else(|_| Some("no outcome in 10 s".to_owned()));
        failures.extend(problem.map(|problem| format!("{}: {problem}", file.display())));
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), files.len(), failures.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "a test may be pointed at other recordings")]
fn folder() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recordings");
    std::env::var_os("OLLAMA_RECORDINGS").map_or_else(|| own.into(), PathBuf::from)
}

impl Recording {
    /// Replays the exchange and returns the difference from the expected outcome.
    async fn run(&self) -> Option<String> {
        let want = self.want();
        let server = ScriptedServer::in_order([self.response.answer()]).await;
        let client = Client::new(&server.address).unwrap();
        let (method, path) = self.played();
        let observed =
            observe::call(&client, method, path, &self.request.body, self.caller()).await;
        if !contains(&observed.json, &want) {
            return Some(format!("got {}\nwant {want}", observed.json));
        }
        if self.response.closed == "client" && server.left_soon().await.is_none() {
            return Some("the server did not see the client leave".to_owned());
        }
        self.sent_otherwise(&server)
    }

    /// The call to make: for a request that the client does not have, one with a similar response.
    fn played(&self) -> (&str, &str) {
        match (self.request.method.as_str(), self.request.path.as_str()) {
            ("DELETE", "/api/delete") => ("POST", "/api/show"),
            ("GET" | "OPTIONS", "/api/chat") => ("POST", "/api/chat"),
            own => own,
        }
    }

    fn caller(&self) -> Caller {
        let leaves = self.response.closed == "client";
        let texts = self.response.chunks.len() as u64;
        Caller {
            leave_after: (leaves && texts > 0).then_some(texts),
            leave_at: (leaves && texts == 0).then_some(Duration::from_millis(50)),
            pause: Duration::ZERO,
        }
    }

    /// The client must send the JSON of a request that the server accepted.
    fn sent_otherwise(&self, server: &ScriptedServer) -> Option<String> {
        let is_typed = ["/api/chat", "/api/generate"].contains(&self.request.path.as_str());
        let messages = self.request.body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let has_roles = messages.iter().all(|message| message.get("role").is_some());
        if self.response.status != Some(200) || !is_typed || !has_roles {
            return None;
        }
        let sent = server.received().first()?.json()?;
        (!contains(&sent, &self.request.body)).then(|| format!("sent {sent}"))
    }

    fn want(&self) -> Value {
        let text = self.response.text();
        match (self.response.status, self.response.closed.as_str()) {
            (None, "client") => json!({ "outcome": "cancelled" }),
            (Some(200), "client") => {
                json!({ "outcome": "cancelled", "partial_content": lines_text(&lines(&text)) })
            }
            // The response to a preflight is empty.
            (Some(204), "clean") => error("unusable", false, 204, None, ""),
            (Some(200), "reset") => transport_error(&lines_text(&lines(&text))),
            (Some(200), "clean") => self.want_of_success(&text),
            (Some(status), "clean") => want_of_status(status, &text),
            (status, closed) => panic!("an unknown kind of exchange: {status:?}, {closed}"),
        }
    }

    fn want_of_success(&self, text: &str) -> Value {
        let whole = || serde_json::from_str::<Value>(text).unwrap();
        let names = |whole: &Value| -> Vec<Value> {
            whole["models"].as_array().unwrap().iter().map(|model| model["name"].clone()).collect()
        };
        match self.request.path.as_str() {
            "/api/chat" | "/api/generate" => want_of_reply(&lines(text), &self.request.body),
            "/api/pull" => want_of_pull(&lines(text)),
            "/api/version" => json!({ "outcome": "ok", "text": whole()["version"] }),
            "/api/tags" => json!({ "outcome": "ok", "names": names(&whole()) }),
            "/api/ps" => {
                let length = whole()["models"].get(0).map(|model| model["context_length"].clone());
                json!({ "outcome": "ok", "names": names(&whole()), "context_length": length, "expire": true })
            }
            "/api/show" => {
                let whole = whole();
                let architecture = whole["model_info"]["general.architecture"].as_str().unwrap();
                let length = &whole["model_info"][format!("{architecture}.context_length")];
                assert!(length.is_u64());
                json!({
                    "outcome": "ok",
                    "context_length": length,
                    "capabilities": whole["capabilities"],
                    "template": whole["template"],
                })
            }
            path => panic!("an unknown path: {path}"),
        }
    }
}

impl Response {
    fn text(&self) -> String {
        self.chunks.iter().map(|chunk| chunk.bytes_utf8.as_str()).collect()
    }

    fn answer(&self) -> ScriptedResponse {
        let pieces =
            self.chunks.iter().map(|chunk| (Duration::ZERO, chunk.bytes_utf8.clone().into()));
        ScriptedResponse {
            status: self.status,
            headers: self.headers.iter().map(|(k, v)| (k.to_lowercase(), v.clone())).collect(),
            pieces: pieces.collect(),
            ending: match self.closed.as_str() {
                "clean" => Ending::Clean,
                "reset" => Ending::Cut,
                "client" => Ending::Stall,
                other => panic!("unknown close: {other}"),
            },
        }
    }
}

/// The complete lines.
fn lines(text: &str) -> Vec<Value> {
    let cut = |line: &&str| line.ends_with('\n') || serde_json::from_str::<Value>(line).is_ok();
    text.split_inclusive('\n').filter(cut).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The text of all lines.
fn lines_text(lines: &[Value]) -> String {
    let text = |line: &Value| {
        line["message"]["content"].as_str().or(line["response"].as_str()).map(str::to_owned)
    };
    lines.iter().filter_map(text).collect()
}

fn error(
    kind: &str,
    retryable: impl Into<Value>,
    status: u16,
    message: Option<&str>,
    partial: &str,
) -> Value {
    let mut error = json!({ "kind": kind, "status": status, "partial_content": partial });
    error["retryable"] = retryable.into();
    if let Some(message) = message {
        error["message"] = json!(message);
    }
    json!({ "outcome": "error", "error": error })
}

/// The body was cut off.
fn transport_error(partial: &str) -> Value {
    let error =
        json!({ "kind": "transport", "retryable": "by_caller", "partial_content": partial });
    json!({ "outcome": "error", "error": error })
}

fn want_of_reply(lines: &[Value], body: &Value) -> Value {
    let text = lines_text(lines);
    let last = lines.last().unwrap();
    if let Some(message) = last["error"].as_str() {
        assert!(!text.is_empty(), "an error line without output: define the outcome");
        return error("stream_error", "by_caller", 200, Some(message), &text);
    }
    assert_eq!(last["done"], true);
    let metric = |(name, value): (&String, &Value)| {
        (name.ends_with("_count") || name.ends_with("_duration"))
            .then(|| (name.clone(), value.clone()))
    };
    let mut want = json!({
        "outcome": "ok",
        "model": body["model"],
        "stamped": true,
        "content": text,
        "done_reason": last["done_reason"],
        "metrics": last.as_object().unwrap().iter().filter_map(metric).collect::<Value>(),
    });
    if let Some(context) = last.get("context") {
        want["context"] = context.clone();
    }
    let logprobs: Vec<&Value> =
        lines.iter().filter_map(|line| line["logprobs"].as_array()).flatten().collect();
    if !logprobs.is_empty() {
        want["logprobs"] = json!(logprobs);
    }
    want
}

fn want_of_pull(lines: &[Value]) -> Value {
    let statuses: Vec<&str> = lines.iter().filter_map(|line| line["status"].as_str()).collect();
    let message = lines.last().unwrap()["error"].as_str();
    let message = message.expect("a pull that succeeds: define the outcome");
    let (cause, retryable) = match message {
        "pull model manifest: file does not exist" => ("model_not_found", false),
        other if other.starts_with("pull model manifest: Get") => ("upstream", true),
        other => panic!("an unknown report: {other}"),
    };
    let mut want = error("stream_error", retryable, 200, Some(message), "");
    want["error"]["mapped_kind"] = json!(cause);
    want["statuses"] = json!(statuses);
    want
}

/// The expected error of an unsuccessful response, by its status and its message.
fn want_of_status(status: u16, text: &str) -> Value {
    let report = serde_json::from_str::<Value>(text).unwrap_or_default();
    let message = report["error"]["message"].as_str().or(report["error"].as_str()).unwrap_or(text);
    let says = |mark: &str| message.contains(mark);
    let (kind, retryable) = match status {
        400 | 501 if says("does not support") => ("unsupported_capability", false),
        400 if says("input length exceeds the context length") => ("context_overflow", false),
        400 => ("bad_request", false),
        403 => ("forbidden", false),
        404 if says("model '") => ("model_not_found", false),
        405 => ("endpoint_missing", false),
        500 if says("invalid format") || says("invalid JSON schema") || says("must be of type") => {
            ("bad_request", false)
        }
        500 if says("missing data required for image input") => ("unsupported_capability", false),
        500 if says("error was encountered while running") || says("unexpectedly stopped") => {
            ("runner_crashed", true)
        }
        500 if says("file does not exist") => ("model_not_found", false),
        500 if says("pull model manifest: Get") => ("upstream", true),
        503 if says("server busy") => ("busy", true),
        _ => panic!("an unknown report: {status} {message}"),
    };
    error(kind, retryable, status, Some(message), "")
}
