//! The OpenAI-compatible endpoints below `/v1`, as far as chats and models go.
//!
//! On Ollama prefer the endpoints of its own: these take no context length, no thinking switch and
//! no `keep_alive`, force temperature and `top_p` to 1 when they are left out, and swallow the text
//! of an error in mid-answer. They are here for hosts that speak nothing else.

mod chat;

use serde::Deserialize;

pub use chat::{ChatChunk, ChatReply, ChatRequest, ChatStream, Message, Usage};

use crate::model::null_is_default;
use crate::transport::read_json;
use crate::{Client, Result};

/// The endpoints of one server.
#[derive(Debug, Clone, Copy)]
pub struct Api<'a> {
    client: &'a Client,
}

/// A model that the server has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Model {
    /// The name to ask for it by.
    pub id: String,
    /// Who owns it.
    #[serde(default)]
    pub owned_by: String,
}

#[derive(Deserialize)]
struct Models {
    /// Null when there are none.
    #[serde(deserialize_with = "null_is_default")]
    data: Vec<Model>,
}

impl<'a> Api<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Asks for the next message of a chat, in one piece.
    ///
    /// # Errors
    /// Any [`crate::Error`].
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        let body = self.client.ask("/v1/chat/completions", request, false).await?;
        read_json::<chat::Completion>(body).await?.try_into()
    }

    /// Asks for the next message of a chat, in pieces.
    ///
    /// # Errors
    /// Any [`crate::Error`] before the answer begins; later ones come through the stream.
    pub async fn chat_stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        let body = self.client.ask("/v1/chat/completions", request, true).await?;
        Ok(ChatStream::new(body))
    }

    /// Lists the models that the server has.
    ///
    /// # Errors
    /// Any [`crate::Error`].
    pub async fn models(&self) -> Result<Vec<Model>> {
        let models: Models = read_json(self.client.get("/v1/models").await?).await?;
        Ok(models.data)
    }

    /// Looks one model up.
    ///
    /// # Errors
    /// Any [`crate::Error`]; [`crate::ErrorKind::ModelNotFound`] if the server does not have it.
    pub async fn model(&self, id: &str) -> Result<Model> {
        read_json(self.client.get(&format!("/v1/models/{id}")).await?).await
    }
}
