mod builder;

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use synod_http_transport::{Answer, BuildError, Failure, Limits, Transport};

pub use builder::ClientBuilder;

use crate::answer::{read_json, streamed};
use crate::chat::{Ask, whole_reply};
use crate::embed::Embeddings;
use crate::error::ServerReport;
use crate::model::Models;
use crate::props::Props;
use crate::{
    BaseUrl, ChatReply, ChatRequest, ChatStream, EmbedReply, EmbedRequest, Error, ErrorKind, Model,
    Result, Retryable,
};

const COMPLETIONS: &str = "/chat/completions";

/// A client of one server. Clones are cheap and share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
    base: Arc<BaseUrl>,
    limits: Limits,
}

impl Client {
    /// A client of the server at a base URL; see [`BaseUrl`].
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

    /// Asks for the next message of a chat, in one piece. The server sends nothing before it is
    /// complete; for long answers [`Client::chat_stream`] and [`ChatStream::collect`] tell a slow
    /// model from a stuck one.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        let asked = self.post(COMPLETIONS, to_json(&Ask::of(request, false))?).await;
        let completion: Value = read_json(asked).await?;
        if let Some(report) = ServerReport::in_answer(&completion, false) {
            return Err(Error::in_stream(report, false));
        }
        let reply = whole_reply(&completion);
        reply.ok_or_else(|| Error::protocol("an answer of no choice", b"").with_status(200))
    }

    /// Asks for the next message of a chat, in pieces. Returns when the answer begins; one that is
    /// to come [`whole`](ChatRequest::whole), when it is complete.
    ///
    /// # Errors
    /// Any [`Error`] before the answer begins; later ones come through the stream.
    pub async fn chat_stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        if request.whole {
            return Ok(ChatStream::whole(self.chat(request).await?));
        }
        let asked = self.post(COMPLETIONS, to_json(&Ask::of(request, true))?).await;
        streamed(asked).await.map(ChatStream::new)
    }

    /// Lists the models that the server has.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn models(&self) -> Result<Vec<Model>> {
        let url = self.base.endpoint("/models");
        let models: Models = read_json(self.transport.get(url, &self.limits).await).await?;
        Ok(models.into())
    }

    /// How many slots llama.cpp's server has, each of which serves one call at a time and keeps what
    /// it has read; `None` if the server does not tell.
    ///
    /// # Errors
    /// Any [`Error`]; other servers have no such endpoint.
    pub async fn slots(&self) -> Result<Option<u32>> {
        let Some(url) = self.base.beside_version("/props") else { return Ok(None) };
        let props: Props = read_json(self.transport.get(url, &self.limits).await).await?;
        Ok(props.total_slots)
    }

    /// Embeds texts: one vector for each, in their order.
    ///
    /// # Errors
    /// Any [`Error`]; another number of vectors than texts is [`ErrorKind::Protocol`].
    pub async fn embed(&self, request: &EmbedRequest) -> Result<EmbedReply> {
        let answer = self.post("/embeddings", to_json(request)?).await;
        read_json::<Embeddings>(answer).await?.in_order(request.input.len())
    }

    async fn post(&self, path: &str, json: Bytes) -> std::result::Result<Answer, Failure> {
        self.transport.post(self.base.endpoint(path), json, &self.limits).await
    }
}

/// A request as JSON. What cannot be written is the caller's mistake.
fn to_json(request: &impl Serialize) -> Result<Bytes> {
    serde_json::to_vec(request).map(Bytes::from).map_err(|error| {
        Error::new(ErrorKind::BadRequest, Retryable::No, error.to_string()).with_source(error)
    })
}
