use std::{fmt, str::FromStr};

use thiserror::Error;

/// An operation of an agent outside of debates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentOperation {
    /// Answers a message.
    Chat,
    /// Analyzes a text.
    Analyze,
    /// Summarizes a text.
    Summarize,
    /// Criticizes a text and suggests improvements.
    Critique,
    /// Computes embedding vectors of texts.
    Embed,
}

/// Error returned for the name of an unknown operation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown operation `{0}`")]
pub struct UnknownOperation(pub String);

impl AgentOperation {
    /// The operations of every chat model.
    pub const WRITING: [Self; 4] = [Self::Chat, Self::Analyze, Self::Summarize, Self::Critique];

    /// Returns the name, such as `summarize`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Analyze => "analyze",
            Self::Summarize => "summarize",
            Self::Critique => "critique",
            Self::Embed => "embed",
        }
    }
}

impl fmt::Display for AgentOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for AgentOperation {
    type Err = UnknownOperation;

    fn from_str(word: &str) -> Result<Self, UnknownOperation> {
        let mut all = Self::WRITING.into_iter().chain([Self::Embed]);
        all.find(|known| known.word() == word).ok_or_else(|| UnknownOperation(word.to_owned()))
    }
}

/// Displays operations as `chat, analyze`.
pub(crate) struct Operations<'a>(pub(crate) &'a [AgentOperation]);

impl fmt::Display for Operations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(|operation| operation.word()).collect();
        f.write_str(&words.join(", "))
    }
}
