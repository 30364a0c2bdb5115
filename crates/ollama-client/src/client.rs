mod builder;

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use synod_http_transport::{Body, BuildError, Limits, Transport};

pub use builder::ClientBuilder;

use crate::model::Models;
use crate::transport::{accept, read_json};
use crate::{
    BaseUrl, ChatReply, ChatRequest, ChatStream, EmbedReply, EmbedRequest, Error, ErrorKind,
    GenerateReply, GenerateRequest, GenerateStream, InstalledModel, LoadedModel, ModelInfo,
    PullRequest, PullStream, Result, Retryable, ServerVersion, v1,
};

/// A client of one server. Clones are cheap and share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
    base: Arc<BaseUrl>,
    limits: Limits,
}

/// A request together with whether its answer comes in pieces.
#[derive(Serialize)]
struct Ask<'a, R> {
    #[serde(flatten)]
    request: &'a R,
    stream: bool,
}

impl Client {
    /// A client of the server at a base URL, such as the value of `OLLAMA_HOST`; see [`BaseUrl`].
    ///
    /// # Errors
    /// The base URL is none, or the machine's certificates cannot be read for an https one.
    pub fn new(base_url: &str) -> std::result::Result<Self, BuildError> {
        Self::builder(BaseUrl::parse(base_url)?).build()
    }

    /// A client with settings.
    pub fn builder(base_url: BaseUrl) -> ClientBuilder {
        ClientBuilder::new(base_url)
    }

    /// Where the server is.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base
    }

    /// The same client, on the same connections, with other limits.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// The limits of each call.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks for the next message of a chat, in one piece. The server sends nothing before it is
    /// complete, so the first byte's limit holds for all of it; for long answers
    /// [`Client::chat_stream`] and [`ChatStream::collect`] tell a slow model from a stuck one.
    ///
    /// # Errors
    /// Any [`Error`]; a part of an answer is its [`Error::partial_content`].
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        let body = self.ask("/api/chat", request, false).await?;
        ChatStream::new(body).collect().await
    }

    /// Asks for the next message of a chat, in pieces. Returns when the answer begins, which is
    /// after queue, load and prompt.
    ///
    /// # Errors
    /// Any [`Error`] before the answer begins; later ones come through the stream.
    pub async fn chat_stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        Ok(ChatStream::new(self.ask("/api/chat", request, true).await?))
    }

    /// Continues a prompt, in one piece; see [`Client::chat`].
    ///
    /// # Errors
    /// Any [`Error`]; a part of a continuation is its [`Error::partial_content`].
    pub async fn generate(&self, request: &GenerateRequest) -> Result<GenerateReply> {
        let body = self.ask("/api/generate", request, false).await?;
        GenerateStream::new(body).collect().await
    }

    /// Continues a prompt, in pieces; see [`Client::chat_stream`].
    ///
    /// # Errors
    /// Any [`Error`] before the continuation begins; later ones come through the stream.
    pub async fn generate_stream(&self, request: &GenerateRequest) -> Result<GenerateStream> {
        Ok(GenerateStream::new(self.ask("/api/generate", request, true).await?))
    }

    /// Embeds texts: one vector for each, in their order.
    ///
    /// # Errors
    /// Any [`Error`]; another number of vectors than texts is [`ErrorKind::Protocol`].
    pub async fn embed(&self, request: &EmbedRequest) -> Result<EmbedReply> {
        let body = self.post("/api/embed", to_json(request)?).await?;
        request.check(read_json(body).await?)
    }

    /// Lists the models that the server has.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn tags(&self) -> Result<Vec<InstalledModel>> {
        let models: Models<_> = read_json(self.get("/api/tags").await?).await?;
        Ok(models.models)
    }

    /// Lists the models that are in memory (since 0.1.38).
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn ps(&self) -> Result<Vec<LoadedModel>> {
        let models: Models<_> = read_json(self.get("/api/ps").await?).await?;
        Ok(models.models)
    }

    /// Tells all about a model.
    ///
    /// # Errors
    /// Any [`Error`]; [`ErrorKind::ModelNotFound`] if the server does not have it.
    pub async fn show(&self, model: &str) -> Result<ModelInfo> {
        #[derive(Serialize)]
        struct Show<'a> {
            model: &'a str,
        }
        read_json(self.post("/api/show", to_json(&Show { model })?).await?).await
    }

    /// Fetches a model from its registry; the stream ends after the piece `success`.
    ///
    /// # Errors
    /// Any [`Error`] before the pull begins; later ones come through the stream. A model that the
    /// registry does not have is [`ErrorKind::StreamError`] with
    /// [`Error::reported_kind`] [`ErrorKind::ModelNotFound`].
    pub async fn pull(&self, request: &PullRequest) -> Result<PullStream> {
        Ok(PullStream::new(self.post("/api/pull", to_json(request)?).await?))
    }

    /// The server's version (since 0.1.14); also the cheapest way to see whether it answers.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn version(&self) -> Result<ServerVersion> {
        read_json(self.get("/api/version").await?).await
    }

    /// The same server through the OpenAI-compatible endpoints below `/v1`.
    #[must_use]
    pub fn v1(&self) -> v1::Api<'_> {
        v1::Api::new(self)
    }

    pub(crate) async fn ask(
        &self,
        path: &str,
        request: &impl Serialize,
        stream: bool,
    ) -> Result<Body> {
        self.post(path, to_json(&Ask { request, stream })?).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Body> {
        accept(self.transport.get(self.base.endpoint(path), &self.limits).await).await
    }

    async fn post(&self, path: &str, json: Bytes) -> Result<Body> {
        accept(self.transport.post(self.base.endpoint(path), json, &self.limits).await).await
    }
}

/// A request as JSON. What cannot be written, such as a key twice, is the caller's mistake.
fn to_json(request: &impl Serialize) -> Result<Bytes> {
    serde_json::to_vec(request).map(Bytes::from).map_err(|error| {
        Error::new(ErrorKind::BadRequest, Retryable::No, error.to_string()).with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Message, Options, RawJson, Think};

    fn sent(request: &impl Serialize) -> String {
        let json = to_json(&Ask { request, stream: true }).unwrap();
        String::from_utf8(json.to_vec()).unwrap()
    }

    #[test]
    fn only_what_is_set_is_sent() {
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
}
