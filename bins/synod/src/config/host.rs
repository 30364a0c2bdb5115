use std::{collections::BTreeMap, fmt, num::NonZeroUsize, path::PathBuf};

use synod_domain::HostName;

use super::{KeepAliveText, ModelEntry};

/// A table `[hosts.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostEntry {
    /// The name agents call it by.
    pub(crate) name: HostName,
    /// What it speaks.
    pub(crate) kind: HostKind,
    /// Its address; of an Ollama in any form that `OLLAMA_HOST` may have.
    pub(crate) url: String,
    /// What the host must be shown.
    pub(crate) api_key: Option<HostKey>,
    /// A file that holds the key, in its place.
    pub(crate) api_key_file: Option<PathBuf>,
    /// Calls that each of its models serves at a time: Ollama's `OLLAMA_NUM_PARALLEL`.
    pub(crate) concurrent_calls: Option<NonZeroUsize>,
    /// Models that it holds in memory at once: Ollama's `OLLAMA_MAX_LOADED_MODELS`, or as many as fit.
    pub(crate) models_at_once: Option<NonZeroUsize>,
    /// Calls that it serves at a time, of all its models together.
    pub(crate) calls_at_once: Option<NonZeroUsize>,
    /// Longest that calls wait for it to be loaded.
    pub(crate) load_seconds: Option<u32>,
    /// Longest that calls wait for it while it cannot be reached.
    pub(crate) away_seconds: Option<u32>,
    /// Tokens of the window that an Ollama loads models with.
    pub(crate) num_ctx: Option<u32>,
    /// Tokens of the window of models, where a host of kind `openai` does not tell.
    pub(crate) window: Option<u32>,
    /// How long an Ollama keeps models in memory; `None`: as long as its `OLLAMA_KEEP_ALIVE` says.
    pub(crate) keep_alive: Option<KeepAliveText>,
    /// What holds for single models.
    pub(crate) models: Vec<ModelEntry>,
    /// The keys that variables have set, and which.
    pub(crate) variables: BTreeMap<String, String>,
}

impl HostEntry {
    /// An Ollama of which nothing more is said.
    pub(crate) const fn ollama(name: HostName, url: String) -> Self {
        Self {
            name,
            kind: HostKind::Ollama,
            url,
            api_key: None,
            api_key_file: None,
            concurrent_calls: None,
            models_at_once: None,
            calls_at_once: None,
            load_seconds: None,
            away_seconds: None,
            num_ctx: None,
            window: None,
            keep_alive: None,
            models: Vec::new(),
            variables: BTreeMap::new(),
        }
    }
}

/// What a host speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum HostKind {
    /// Ollama's own protocol.
    #[default]
    Ollama,
    /// OpenAI's: llama.cpp's server, vLLM, LM Studio and others.
    OpenAi,
}

impl HostKind {
    /// Reads its word.
    ///
    /// # Errors
    /// A sentence that names the words there are.
    pub(crate) fn of_word(word: &str) -> Result<Self, String> {
        match word {
            "ollama" => Ok(Self::Ollama),
            "openai" => Ok(Self::OpenAi),
            _ => Err(format!("unknown kind `{word}`; the kinds are `ollama` and `openai`")),
        }
    }

    /// Its word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        }
    }

    /// What to do when it has no model that can chat.
    pub(crate) const fn how_to_get_model(self) -> &'static str {
        match self {
            Self::Ollama => "get one with `ollama pull llama3.2:3b`",
            Self::OpenAi => "load one on the server",
        }
    }
}

/// A key that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HostKey(pub(crate) String);

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
