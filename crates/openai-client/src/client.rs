use serde::de::DeserializeOwned;
use serde_json::Value;
use synod_http_transport::{
    self as http, Body, BuildError, Connection, Content, KeyPolicy, Protocol, TimeLimits,
    WithClient, lossy_json, read_to_end,
};
use url::Url;

use crate::base_url::{self, BaseUrl};
use crate::chat::{Ask, ChatReply, ChatRequest, whole_reply};
use crate::chat_reader::{ChatReader, ChatStream};
use crate::embed::{EmbedReply, EmbedRequest, Embeddings};
use crate::error::{Error, Result, ServerReport, answered, in_stream};
use crate::model::{Model, Models};
use crate::props::Props;
use crate::protocol::OpenAi;

const COMPLETIONS: &str = "/chat/completions";

/// Settings of a [`Client`].
///
/// An API key is sent over https, and over http within this machine and its network. A client with a
/// key for any other server is not built.
pub type ClientBuilder = http::ClientBuilder<OpenAi>;

/// A client of one server. Clones are cheap and share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    connection: Connection<OpenAi>,
}

impl Protocol for OpenAi {
    const NAME: &'static str = "OpenAI";

    fn parse_base_url(text: &str) -> std::result::Result<Url, String> {
        base_url::parse(text)
    }
}

impl WithClient for OpenAi {
    type Client = Client;

    const USER_AGENT: &'static str = concat!("synod-openai-client/", env!("CARGO_PKG_VERSION"));

    fn key_policy(base_url: &BaseUrl) -> KeyPolicy {
        if base_url.is_https() || base_url.is_local() { KeyPolicy::Send } else { KeyPolicy::Refuse }
    }

    fn read_error(status: u16, body: &[u8]) -> Error {
        answered(status, ServerReport::of_body(body))
    }
}

impl From<Connection<OpenAi>> for Client {
    fn from(connection: Connection<OpenAi>) -> Self {
        Self { connection }
    }
}

impl Client {
    /// Creates a client of the server at a base URL; see [`BaseUrl`].
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

    /// Requests the next message of a chat in one piece. The server sends nothing before the reply is
    /// complete; for long replies [`Client::chat_stream`] and `collect` distinguish a slow model from
    /// a stuck one.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        let body = self.connection.post(COMPLETIONS, &Ask::of(request, false)).await?;
        let completion: Value = read_json(body, Content::Reply).await?;
        if let Some(report) = ServerReport::in_answer(&completion, false) {
            return Err(in_stream(report, false));
        }
        let reply = whole_reply(&completion);
        reply.ok_or_else(|| Error::protocol("a reply without choices", b"").with_status(200))
    }

    /// Requests the next message of a chat in pieces. Returns when the reply begins or, for a
    /// [`whole`](ChatRequest::whole) reply, when it is complete.
    ///
    /// # Errors
    /// Any [`Error`] before the reply begins; later errors come through the stream.
    pub async fn chat_stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        if request.whole {
            return Ok(ChatStream::whole(self.chat(request).await?.into()));
        }
        let body = self.connection.post(COMPLETIONS, &Ask::of(request, true)).await?;
        Ok(ChatStream::new(body, ChatReader::default()))
    }

    /// Lists the models of the server.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn models(&self) -> Result<Vec<Model>> {
        let url = self.base_url().endpoint("/models");
        let models: Models = read_json(self.connection.get(url).await?, Content::Models).await?;
        Ok(models.into())
    }

    /// Returns the number of slots of llama.cpp's server, each of which serves one call at a time and
    /// keeps its prompt cache; `None` if the server does not report them.
    ///
    /// # Errors
    /// Any [`Error`]; other servers do not have the endpoint.
    pub async fn slots(&self) -> Result<Option<u32>> {
        let Some(url) = base_url::beside_version(self.base_url(), "/props") else {
            return Ok(None);
        };
        let props: Props = read_json(self.connection.get(url).await?, Content::Facts).await?;
        Ok(props.total_slots)
    }

    /// Embeds texts: one vector for each, in their order.
    ///
    /// # Errors
    /// Any [`Error`]; [`ErrorKind::Protocol`](crate::ErrorKind::Protocol) if the number of vectors
    /// differs from that of the texts.
    pub async fn embed(&self, request: &EmbedRequest) -> Result<EmbedReply> {
        let body = self.connection.post("/embeddings", request).await?;
        let texts = request.input.len();
        read_json::<Embeddings>(body, Content::Embeddings(texts)).await?.in_order(texts)
    }
}

/// Reads a response that is one JSON value.
async fn read_json<T: DeserializeOwned>(body: Body, content: Content) -> Result<T> {
    let json = read_to_end(body, content).await?;
    let read = serde_json::from_slice(&json).or_else(|error| match lossy_json(&json) {
        Some(lossy) => serde_json::from_str(&lossy),
        None => Err(error),
    });
    read.map_err(|error| match ServerReport::of_json(&json) {
        Some(report) => in_stream(report, false),
        None => Error::protocol("unexpected JSON", &json).with_status(200).with_source(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown_nor_sent_in_plain_text_to_remote_hosts() {
        let builder = |url: &str| Client::builder(BaseUrl::parse(url).unwrap()).api_key("s3cret");
        let refused = builder("http://api.example.com").build().unwrap_err();
        assert!(matches!(refused, BuildError::PlainTextKey), "{refused:?}");
        assert!(!format!("{:?}", builder("gpu:1")).contains("s3cret"));
        assert!(!format!("{:?}", builder("gpu:1").build().unwrap()).contains("s3cret"));
        let lines = Client::builder(BaseUrl::parse("gpu:1").unwrap()).api_key("s3\ncret");
        let error = lines.build().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("cret"), "{error:?}");
    }
}
