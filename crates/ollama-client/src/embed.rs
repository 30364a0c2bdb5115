use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::go_time::nanoseconds;
use crate::keep_alive::KeepAlive;
use crate::options::Options;

/// A request for the embeddings of texts. Only fields that are set are sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmbedRequest {
    /// The model's name.
    pub model: String,
    /// The texts.
    pub input: Input,
    /// Whether a text that does not fit is silently cut; `false` makes it an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<bool>,
    /// The length of the embeddings, for models that can shorten them (since 0.11.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// The model's parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// How long the model stays loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<KeepAlive>,
}

/// The texts to embed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Input {
    /// One text.
    One(String),
    /// Several texts; an empty list only loads the model.
    Many(Vec<String>),
}

/// The embeddings of texts, in their order, each of length 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EmbedReply {
    /// The model that replied.
    #[serde(default)]
    pub model: String,
    /// One vector for each text.
    pub embeddings: Vec<Vec<f32>>,
    /// From the arrival of the request to its end.
    #[serde(default, deserialize_with = "nanoseconds")]
    pub total_duration: Option<Duration>,
    /// Loading the model.
    #[serde(default, deserialize_with = "nanoseconds")]
    pub load_duration: Option<Duration>,
    /// Tokens of all texts.
    pub prompt_eval_count: Option<u64>,
}

impl EmbedRequest {
    /// Creates a request with a model and texts and the defaults of the server.
    #[must_use]
    pub fn new(model: impl Into<String>, input: Input) -> Self {
        Self {
            model: model.into(),
            input,
            truncate: None,
            dimensions: None,
            options: None,
            keep_alive: None,
        }
    }

    /// Fails if the vectors do not correspond to the texts.
    pub(crate) fn check(&self, reply: EmbedReply) -> Result<EmbedReply> {
        let (wanted, got) = (self.input.len(), reply.embeddings.len());
        if wanted == got {
            return Ok(reply);
        }
        let problem = format!("{wanted} texts were sent, and the number of embeddings is");
        Err(Error::protocol(&problem, got.to_string().as_bytes()).with_status(200))
    }
}

impl Input {
    pub(crate) fn len(&self) -> usize {
        match self {
            // The server embeds nothing for an empty text.
            Self::One(text) => usize::from(!text.is_empty()),
            Self::Many(texts) => texts.len(),
        }
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl From<Vec<String>> for Input {
    fn from(texts: Vec<String>) -> Self {
        Self::Many(texts)
    }
}
