use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::go_time::nanoseconds;
use crate::{Error, KeepAlive, Options, Result};

/// A request for the embeddings of texts. Only what is set is sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmbedRequest {
    /// The model's name.
    pub model: String,
    /// The texts.
    pub input: Input,
    /// Whether a text that does not fit is cut, silently; `false` makes that an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<bool>,
    /// The embeddings' length, for models that can shorten them (since 0.11.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// The model's parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
    /// How long the model stays loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<KeepAlive>,
}

/// What is embedded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Input {
    /// One text.
    One(String),
    /// Several texts; none only loads the model.
    Many(Vec<String>),
}

/// The embeddings of the texts, in their order, each of length 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EmbedReply {
    /// The model that answered.
    #[serde(default)]
    pub model: String,
    /// One vector for each text.
    pub embeddings: Vec<Vec<f32>>,
    /// From the request's arrival to its end.
    #[serde(default, deserialize_with = "nanoseconds")]
    pub total_duration: Option<Duration>,
    /// Loading the model.
    #[serde(default, deserialize_with = "nanoseconds")]
    pub load_duration: Option<Duration>,
    /// Tokens of all texts.
    pub prompt_eval_count: Option<u64>,
}

impl EmbedRequest {
    /// A request with a model and texts, all else left to the server.
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

    /// Refuses a reply from which it does not follow which vector belongs to which text.
    pub(crate) fn check(&self, reply: EmbedReply) -> Result<EmbedReply> {
        let (wanted, got) = (self.input.len(), reply.embeddings.len());
        if wanted == got {
            return Ok(reply);
        }
        let problem = format!("{wanted} texts were sent and embeddings came");
        Err(Error::protocol(&problem, got.to_string().as_bytes()).with_status(200))
    }
}

impl Input {
    fn len(&self) -> usize {
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
