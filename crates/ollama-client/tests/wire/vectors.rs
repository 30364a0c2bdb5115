//! Replays `vectors.json`, or the file that `OLLAMA_VECTORS` names.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use synod_ollama_client::{BaseUrl, Client, TimeLimits};

use crate::observe::{self, Caller, Observed};
use crate::requests::contains;
use synod_http_transport::test_util::{Ending, ScriptedResponse, ScriptedServer, refusing_address};

#[derive(Deserialize)]
struct Vector {
    name: String,
    method: String,
    path: String,
    request_must_contain: Value,
    #[serde(default)]
    connect: Option<String>,
    #[serde(default)]
    response: Response,
    #[serde(default)]
    next_responses: Vec<Response>,
    #[serde(default)]
    client: Knobs,
    expect: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    connect: Option<String>,
    status: Option<u16>,
    headers: Map<String, Value>,
    chunks: Vec<Chunk>,
    close: Option<String>,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    delay_ms: u64,
    bytes_utf8: Option<String>,
    bytes_hex: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Knobs {
    connect_timeout_ms: Option<u64>,
    first_byte_timeout_ms: Option<u64>,
    idle_timeout_ms: Option<u64>,
    deadline_ms: Option<u64>,
    cancel_after_deltas: Option<u64>,
    consumer_delay_ms: Option<u64>,
}

#[tokio::test]
async fn every_vector_has_its_outcome() {
    let text = std::fs::read_to_string(file()).unwrap();
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    assert!(!vectors.is_empty());
    let vectors: Vec<Vector> = vectors.into_iter().filter(Vector::is_of_the_protocol).collect();
    let mut failures = Vec::new();
    for vector in &vectors {
        let run = tokio::time::timeout(Duration::from_secs(30), vector.run());
        let problems = run.await.unwrap_or_else(|_| vec!["no outcome in 30 s".to_owned()]);
        failures.extend(problems.iter().map(|problem| format!("{}: {problem}", vector.name)));
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        vectors.len(),
        failures.join("\n")
    );
}

#[expect(clippy::disallowed_methods, reason = "a test may be pointed at other cases")]
fn file() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/vectors.json");
    std::env::var_os("OLLAMA_VECTORS").map_or_else(|| own.into(), PathBuf::from)
}

impl Vector {
    /// Whether the vector is about Ollama's protocol. OpenAI's has a client of its own, and reading
    /// JSON or thinking from the text of a reply is up to the caller.
    fn is_of_the_protocol(&self) -> bool {
        let is_of_text = self.name.starts_with("structured_") || self.name.contains("leaked_think");
        !self.path.starts_with("/v1/") && !is_of_text
    }

    /// Plays the vector and returns the differences from the expected outcome.
    async fn run(&self) -> Vec<String> {
        let refused =
            [&self.connect, &self.response.connect].into_iter().flatten().any(|c| c == "refused");
        let answers = std::iter::once(&self.response).chain(&self.next_responses);
        let server = ScriptedServer::in_order(answers.map(Response::answer)).await;
        let refusing = refusing_address().await.to_string();
        let host = if refused { &refusing } else { &server.address };
        let client = self.client.client(host);
        let body = &self.request_must_contain;
        let observed =
            observe::call(&client, &self.method, &self.path, body, self.client.caller()).await;
        let mut problems = self.check(&observed, &server).await;
        if !refused {
            problems.extend(self.check_requests(&server));
        }
        problems
    }

    async fn check(&self, observed: &Observed, server: &ScriptedServer) -> Vec<String> {
        let mut problems = Vec::new();
        let attempts = server.received().len();
        for (key, want) in &self.expect {
            match key.as_str() {
                "error" => {
                    for (key, want) in want.as_object().into_iter().flatten() {
                        let got = &observed.json["error"];
                        let problem = match key.as_str() {
                            "message_contains" => not_within(&got["message"], want),
                            "attempts" => differs(&json!(attempts), want),
                            "server_sees_disconnect" => {
                                differs(&json!(server.left_soon().await.is_some()), want)
                            }
                            field => differs_at(got, field, want),
                        };
                        problems.extend(problem.map(|problem| format!("error.{key}: {problem}")));
                    }
                    continue;
                }
                "attempts" => differs(&json!(attempts), want),
                "server_sees_disconnect" => {
                    differs(&json!(server.left_soon().await.is_some()), want)
                }
                "max_disconnect_latency_ms" => {
                    let seen = server.left_soon().await.zip(observed.left_at);
                    let latency = seen.map(|(seen, left)| seen.duration_since(left));
                    let most = Duration::from_millis(want.as_u64().unwrap());
                    latency.is_none_or(|took| took > most).then(|| format!("it took {latency:?}"))
                }
                // A piece is parsed on demand, so none is ever buffered: see the unit test that
                // counts the pieces that a stream takes from its body.
                "max_buffered_deltas" => None,
                field => differs_at(&observed.json, field, want),
            }
            .map(|problem| format!("{key}: {problem}"))
            .into_iter()
            .for_each(|problem| problems.push(problem));
        }
        problems
    }

    fn check_requests(&self, server: &ScriptedServer) -> Vec<String> {
        let mut problems = Vec::new();
        for request in server.received() {
            if (request.method.as_str(), request.path.as_str()) != (&self.method, &self.path) {
                problems.push(format!("sent {} {}", request.method, request.path));
            }
            if request.header("origin").or(request.header("authorization")).is_some() {
                problems.push("sent an origin or an authorization".to_owned());
            }
            let sent = request.json().unwrap_or_default();
            if !contains(&sent, &self.request_must_contain) {
                problems.push(format!("sent {sent}"));
            }
            let must = self.request_must_contain.as_object();
            let extra = |key: &str| !must.is_some_and(|must| must.contains_key(key));
            for key in sent.as_object().into_iter().flat_map(|sent| sent.keys()) {
                if extra(key) && !["stream", "messages"].contains(&key.as_str()) {
                    problems.push(format!("sent {key}, which was not set"));
                }
            }
        }
        problems
    }
}

impl Response {
    fn answer(&self) -> ScriptedResponse {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        ScriptedResponse {
            status: self.status,
            headers: self.headers.iter().map(|(k, v)| (k.to_lowercase(), text(v))).collect(),
            pieces: self.chunks.iter().map(Chunk::piece).collect(),
            ending: match self.close.as_deref() {
                None | Some("clean") => Ending::Clean,
                Some("reset") => Ending::Reset,
                Some(other) => panic!("unknown close: {other}"),
            },
        }
    }
}

impl Chunk {
    fn piece(&self) -> (Duration, Vec<u8>) {
        let bytes = match (&self.bytes_utf8, &self.bytes_hex) {
            (Some(text), None) => text.as_bytes().to_vec(),
            (None, Some(hex)) => (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect(),
            _ => panic!("a chunk has either text or hex"),
        };
        (Duration::from_millis(self.delay_ms), bytes)
    }
}

impl Knobs {
    fn client(&self, host: &str) -> Client {
        let millis = |ms: Option<u64>| ms.map(Duration::from_millis);
        let usual = TimeLimits::default();
        let mut builder = Client::builder(BaseUrl::parse(host).unwrap()).limits(TimeLimits {
            first_byte: millis(self.first_byte_timeout_ms).or(usual.first_byte),
            idle: millis(self.idle_timeout_ms).or(usual.idle),
            total: millis(self.deadline_ms),
        });
        if let Some(limit) = millis(self.connect_timeout_ms) {
            builder = builder.connect_limit(limit);
        }
        builder.build().unwrap()
    }

    fn caller(&self) -> Caller {
        Caller {
            leave_after: self.cancel_after_deltas,
            leave_at: None,
            pause: Duration::from_millis(self.consumer_delay_ms.unwrap_or_default()),
        }
    }
}

fn differs_at(got: &Value, field: &str, want: &Value) -> Option<String> {
    match got.get(field) {
        Some(got) => differs(got, want),
        None => Some(format!("not seen, want {want}")),
    }
}

fn differs(got: &Value, want: &Value) -> Option<String> {
    (!is_same(got, want)).then(|| format!("got {got}, want {want}"))
}

fn not_within(got: &Value, want: &Value) -> Option<String> {
    let within = got.as_str()?.contains(want.as_str()?);
    (!within).then(|| format!("got {got}, want {want} in it"))
}

/// Whether two values are equal, with numbers in single precision.
fn is_same(got: &Value, want: &Value) -> bool {
    match (got, want) {
        (Value::Number(got), Value::Number(want)) => {
            let (got, want) = (got.as_f64().unwrap(), want.as_f64().unwrap());
            (got - want).abs() <= 1e-6 * want.abs()
        }
        (Value::Array(got), Value::Array(want)) => {
            got.len() == want.len() && got.iter().zip(want).all(|(g, w)| is_same(g, w))
        }
        (Value::Object(got), Value::Object(want)) => {
            got.len() == want.len()
                && want.iter().all(|(k, w)| got.get(k).is_some_and(|g| is_same(g, w)))
        }
        _ => got == want,
    }
}
