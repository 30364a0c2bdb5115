use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use synod_http_transport::{
    self as http, Body, BuildError, Connection, Content, ErrorKind, KeyPolicy, ModelList, Protocol,
    ReplyStream, TimeLimits, WithClient, lossy_json, read_to_end,
};
use url::Url;

use crate::base_url::{self, BaseUrl};
use crate::chat::{ChatReply, ChatRequest, ChatStream};
use crate::embed::{EmbedReply, EmbedRequest};
use crate::error::{Error, Result, ServerReport, answered, in_stream};
use crate::generate::{GenerateReply, GenerateRequest, GenerateStream};
use crate::line_reader::{LineReader, Record};
use crate::model::{InstalledModel, LoadedModel, Models, ShowReply};
use crate::protocol::Ollama;
use crate::pull::{PullRequest, PullStream};
use crate::version::ServerVersion;

/// Settings of a [`Client`].
///
/// An API key is sent over https, and over http within this machine and its network. A client with a
/// key for any other server is not built.
pub type ClientBuilder = http::ClientBuilder<Ollama>;

/// A client of one server. Clones are cheap and share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    connection: Connection<Ollama>,
}

/// A request, and whether the reply is streamed.
#[derive(Serialize)]
struct Ask<'a, R> {
    #[serde(flatten)]
    request: &'a R,
    stream: bool,
}

impl Protocol for Ollama {
    const NAME: &'static str = "Ollama";

    fn parse_base_url(text: &str) -> std::result::Result<Url, String> {
        base_url::parse(text)
    }

    fn advice(kind: ErrorKind) -> Option<&'static str> {
        match kind {
            ErrorKind::ModelNotFound => Some("pull it first"),
            ErrorKind::ContextOverflow => Some("shorten the prompt or raise num_ctx"),
            ErrorKind::BadRequest
            | ErrorKind::EndpointMissing
            | ErrorKind::UnsupportedCapability
            | ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::OutOfQuota
            | ErrorKind::Busy
            | ErrorKind::LoadFailed
            | ErrorKind::RunnerCrashed
            | ErrorKind::Upstream
            | ErrorKind::StreamError
            | ErrorKind::Truncated
            | ErrorKind::Transport
            | ErrorKind::Tls
            | ErrorKind::Timeout
            | ErrorKind::Protocol
            | ErrorKind::Unusable => None,
        }
    }
}

impl WithClient for Ollama {
    type Client = Client;

    const USER_AGENT: &'static str = concat!("synod-ollama-client/", env!("CARGO_PKG_VERSION"));

    fn key_policy(base_url: &BaseUrl) -> KeyPolicy {
        if base_url.is_https() || base_url.is_local() { KeyPolicy::Send } else { KeyPolicy::Refuse }
    }

    fn read_error(status: u16, body: &[u8]) -> Error {
        answered(status, ServerReport::of_body(body))
    }
}

impl From<Connection<Ollama>> for Client {
    fn from(connection: Connection<Ollama>) -> Self {
        Self { connection }
    }
}

impl Client {
    /// Creates a client of the server at a base URL, such as the value of `OLLAMA_HOST`; see
    /// [`BaseUrl`].
    ///
    /// # Errors
    /// The base URL is invalid, or the certificates of the machine cannot be read for https.
    pub fn new(base_url: &str) -> std::result::Result<Self, BuildError> {
        Self::builder(BaseUrl::parse(base_url)?).build()
    }

    /// Returns the settings of a client.
    pub fn builder(base_url: BaseUrl) -> ClientBuilder {
        ClientBuilder::new(base_url)
    }

    /// Returns the base URL of the server.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        self.connection.base_url()
    }

    /// Returns a client with other limits that shares the connections of this one.
    #[must_use]
    pub fn with_limits(&self, limits: TimeLimits) -> Self {
        Self { connection: self.connection.with_limits(limits) }
    }

    /// Returns the limits of each call.
    #[must_use]
    pub fn limits(&self) -> &TimeLimits {
        self.connection.limits()
    }

    /// Requests the next message of a chat in one piece. The server sends nothing before the reply is
    /// complete, so the limit of the first byte applies to all of it; for long replies
    /// [`Client::chat_stream`] and `collect` distinguish a slow model from a stuck one.
    ///
    /// # Errors
    /// Any [`Error`], with the text before it as its [`Error::partial_content`].
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        let reply: ChatStream = self.stream("/api/chat", request, false).await?;
        reply.collect().await
    }

    /// Requests the next message of a chat in pieces. Returns when the reply begins, which is after
    /// the queue, the load of the model and the prompt.
    ///
    /// # Errors
    /// Any [`Error`] before the reply begins; later errors come through the stream.
    pub async fn chat_stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        self.stream("/api/chat", request, true).await
    }

    /// Continues a prompt, in one piece; see [`Client::chat`].
    ///
    /// # Errors
    /// Any [`Error`], with the text before it as its [`Error::partial_content`].
    pub async fn generate(&self, request: &GenerateRequest) -> Result<GenerateReply> {
        let reply: GenerateStream = self.stream("/api/generate", request, false).await?;
        reply.collect().await
    }

    /// Continues a prompt, in pieces; see [`Client::chat_stream`].
    ///
    /// # Errors
    /// Any [`Error`] before the reply begins; later errors come through the stream.
    pub async fn generate_stream(&self, request: &GenerateRequest) -> Result<GenerateStream> {
        self.stream("/api/generate", request, true).await
    }

    /// Embeds texts: one vector for each, in their order.
    ///
    /// # Errors
    /// Any [`Error`]; [`ErrorKind::Protocol`](crate::ErrorKind::Protocol) if the number of vectors
    /// differs from that of the texts.
    pub async fn embed(&self, request: &EmbedRequest) -> Result<EmbedReply> {
        let body = self.connection.post("/api/embed", request).await?;
        request.check(read_json(body, Content::Embeddings(request.input.len())).await?)
    }

    /// Lists the models of the server.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn tags(&self) -> Result<Vec<InstalledModel>> {
        let models: Models<_> = read_json(self.get("/api/tags").await?, Content::Models).await?;
        Ok(models.into())
    }

    /// Lists the loaded models (since 0.1.38).
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn ps(&self) -> Result<Vec<LoadedModel>> {
        let models: Models<_> = read_json(self.get("/api/ps").await?, Content::Models).await?;
        Ok(models.into())
    }

    /// Returns the details of a model.
    ///
    /// # Errors
    /// Any [`Error`]; [`ErrorKind::ModelNotFound`](crate::ErrorKind::ModelNotFound) if the server
    /// does not have the model.
    pub async fn show(&self, model: &str) -> Result<ShowReply> {
        #[derive(Serialize)]
        struct Show<'a> {
            model: &'a str,
        }
        let body = self.connection.post("/api/show", &Show { model }).await?;
        read_json(body, Content::Facts).await
    }

    /// Downloads a model from its registry; the stream ends after the status `success`.
    ///
    /// # Errors
    /// Any [`Error`] before the pull begins; later errors come through the stream. A model that the
    /// registry does not have is a `StreamError` whose [`Error::reported_kind`] is `ModelNotFound`.
    pub async fn pull(&self, request: &PullRequest) -> Result<PullStream> {
        let body = self.connection.post("/api/pull", request).await?;
        Ok(PullStream::new(body, LineReader::default()))
    }

    /// Returns the version of the server (since 0.1.14): also the cheapest check that it responds.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn version(&self) -> Result<ServerVersion> {
        read_json(self.get("/api/version").await?, Content::Facts).await
    }

    /// Returns whether the server speaks OpenAI's protocol: lists models at `/v1/models`, or asks for
    /// a key there. Ollama itself does; the answer matters if the other calls fail.
    pub async fn speaks_openai(&self) -> bool {
        #[derive(Deserialize)]
        struct Listed {
            #[serde(rename = "data")]
            _models: ModelList<IgnoredAny>,
        }
        let listed = match self.get("/v1/models").await {
            Ok(body) => read_json::<Listed>(body, Content::Models).await.map(drop),
            Err(error) => Err(error),
        };
        listed.map_or_else(|error| error.kind() == ErrorKind::Unauthorized, |()| true)
    }

    async fn stream<R: Record>(
        &self,
        path: &str,
        request: &impl Serialize,
        stream: bool,
    ) -> Result<ReplyStream<LineReader<R>>> {
        let body = self.connection.post(path, &Ask { request, stream }).await?;
        Ok(ReplyStream::new(body, LineReader::default()))
    }

    async fn get(&self, path: &str) -> Result<Body> {
        self.connection.get(self.base_url().endpoint(path)).await
    }
}

/// Reads a response that is one JSON value.
async fn read_json<T: DeserializeOwned>(body: Body, content: Content) -> Result<T> {
    let json = read_to_end(body, content).await?;
    if let Some(report) = ServerReport::of_json(&json) {
        return Err(in_stream(report, false));
    }
    let read = serde_json::from_slice(&json).or_else(|error| match lossy_json(&json) {
        Some(lossy) => serde_json::from_str(&lossy),
        None => Err(error),
    });
    read.map_err(|error| {
        let starts_well = json.first().is_none_or(|&byte| byte == b'{');
        let failure = if error.is_eof() && starts_well {
            Error::truncated(false, "the JSON ended early")
        } else {
            Error::protocol("unexpected JSON", &json).with_status(200)
        };
        failure.with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Format, Message, Options, RawJson, Think};

    fn sent(request: &impl Serialize) -> String {
        serde_json::to_string(&Ask { request, stream: true }).unwrap()
    }

    #[test]
    fn only_fields_that_are_set_are_sent() {
        assert_eq!(
            sent(&ChatRequest::new("m", [Message::user("hi")])),
            r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}"#
        );
        assert_eq!(
            sent(&GenerateRequest::new("m", "hi")),
            r#"{"model":"m","prompt":"hi","stream":true}"#
        );
        let off = ChatRequest {
            think: Some(Think::Off),
            truncate: Some(false),
            options: Some(Options { num_predict: Some(-1), ..Options::default() }),
            ..ChatRequest::new("m", [])
        };
        assert_eq!(
            sent(&off),
            r#"{"model":"m","messages":[],"options":{"num_predict":-1},"think":false,"truncate":false,"stream":true}"#
        );
    }

    #[test]
    fn tools_and_schemas_are_sent_byte_for_byte() {
        let tool = r#"{ "type":"function", "z":1.50, "a":[ 1e3, "\u00e9" ] }"#;
        let schema = r#"{"required":["b","a"],  "type":"object"}"#;
        let request = ChatRequest {
            tools: vec![RawJson::parse(tool).unwrap()],
            format: Some(Format::Schema(RawJson::parse(schema).unwrap())),
            ..ChatRequest::new("m", [])
        };
        let sent = sent(&request);
        assert!(sent.contains(tool) && sent.contains(schema), "{sent}");
    }

    #[test]
    fn zero_limits_and_invalid_keys_are_refused() {
        let builder = || Client::builder(BaseUrl::parse("").unwrap());
        let idle = TimeLimits { idle: Some(Duration::ZERO), ..TimeLimits::default() };
        assert!(matches!(builder().limits(idle).build(), Err(BuildError::ZeroLimit("idle"))));
        let connect = builder().connect_limit(Duration::ZERO).build();
        assert!(matches!(connect, Err(BuildError::ZeroLimit("connect"))));
        let key = builder().api_key("two\nlines").build().unwrap_err();
        assert!(matches!(key, BuildError::ApiKey(_)) && !format!("{key:?}").contains("lines"));
    }
}
