//! The tables `[hosts.NAME]`.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use synod_domain::{HostName, ModelName};
use synod_inference::ModelSettings;
use synod_ollama_client::KeepAlive;
use toml::Value;

use super::{
    key::keys,
    source::Source,
    table::Table,
    value::{KeyValue, ParameterCount, Secret},
};

/// The name of the table of models in that of a host.
pub(super) const MODELS: &str = "models";

/// The accepted values of keys in tokens.
const TOKENS: &str = "a whole number of tokens";
/// The accepted values of keys in seconds.
const SECONDS: &str = "a whole number of seconds";

keys! {
    /// The values of a table `[hosts.NAME]`, its models aside.
    pub(crate) struct HostTable("", &[MODELS]) {
        kind: HostKind {
            "\"ollama\" if not set",
            default: "\"ollama\"",
            samples: &[("gpu", "\"openai\"")],
        }
        url: String {
            "of kind openai with or without /v1",
            samples: &[("local", "\"http://127.0.0.1:11434\""), ("gpu", "\"http://gpu:8080\"")],
            show: masked_url,
        }
        api_key: Secret { "key for the host" }
        api_key_file: PathBuf {
            "or SYNOD__HOSTS__GPU__API_KEY, or `api_key` here",
            samples: &[("gpu", "\"gpu.key\"")],
        }
        concurrent_calls: NonZeroUsize {
            "calls that each model serves at a time; set it to the server's OLLAMA_NUM_PARALLEL",
            default: "1",
            samples: &[("local", "1")],
        }
        models_at_once: NonZeroUsize {
            "models that fit into the memory of the host; learnt if not set",
            samples: &[("local", "2")],
        }
        calls_at_once: NonZeroUsize {
            "calls of all models together; if not set, 1 for models on the processor",
            samples: &[("local", "1")],
        }
        load_seconds: u32 {
            "maximum time that a call waits until the server, or its model, is loaded",
            default: "600",
            samples: &[("local", "600")],
            takes: SECONDS,
        }
        away_seconds: u32 {
            "maximum time that a call waits while the host cannot be reached",
            default: "120",
            samples: &[("local", "120")],
            takes: SECONDS,
        }
        num_ctx: u32 {
            "context window that models are loaded with, in tokens",
            samples: &[("local", "8192")],
            takes: TOKENS,
        }
        keep_alive: KeepAlive {
            "time that models stay in memory; if not set, the server's OLLAMA_KEEP_ALIVE applies",
            samples: &[("local", "\"30m\"")],
        }
        window: u32 {
            "context window in tokens, if the server does not report it",
            samples: &[("gpu", "8192")],
            takes: TOKENS,
        }
    }
}

keys! {
    /// The values of a table `[hosts.NAME.models."ID"]`: facts and settings of one model of a host.
    pub(crate) struct ModelTable("") {
        parameters: ParameterCount {
            "number of parameters; small models get other prompts",
            samples: &[("my-model", "\"1.5B\"")],
        }
        window: NonZeroU32 {
            "context window of this model",
            samples: &[("my-model", "4096")],
        }
        num_ctx: NonZeroU32 { "context window of this model of an Ollama" }
        keep_alive: KeepAlive { "time that this model of an Ollama stays in memory" }
        chats: bool {
            "false: never assigned to an agent",
            samples: &[("my-model", "true")],
            takes: "`true` or `false`",
        }
    }
}

/// A host of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct HostEntry {
    /// The name that agents use.
    pub(crate) name: HostName,
    pub(crate) table: HostTable,
    pub(crate) models: Vec<ModelEntry>,
}

/// A model of a host that has a table of its own.
#[derive(Clone, Debug)]
pub(crate) struct ModelEntry {
    /// The id that the host uses.
    pub(crate) id: ModelName,
    pub(crate) table: ModelTable,
}

impl HostEntry {
    /// A host without settings.
    pub(crate) fn new(name: HostName) -> Self {
        Self { name, table: HostTable::default(), models: Vec::new() }
    }

    pub(crate) fn kind(&self) -> HostKind {
        self.table.kind.unwrap_or_default()
    }

    /// The address; of an Ollama in any form of `OLLAMA_HOST`.
    pub(crate) fn url(&self) -> &str {
        self.table.url.as_deref().unwrap_or_default()
    }

    /// Sets the address.
    pub(super) fn set_url(&mut self, url: &str, source: Source) {
        self.table.set("url", &url.into(), source).expect("`url` accepts every text");
    }
}

impl ModelEntry {
    /// The settings for hosts of every kind.
    pub(crate) fn settings(&self) -> ModelSettings {
        let ModelTable { parameters, window, chats, .. } = self.table;
        ModelSettings {
            parameters: parameters.map(|ParameterCount(count)| count),
            window: window.map(Into::into),
            chats,
        }
    }
}

/// The protocol of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum HostKind {
    /// Ollama's own protocol.
    #[default]
    Ollama,
    /// OpenAI's protocol: llama.cpp's server, vLLM, LM Studio and others.
    OpenAi,
}

impl HostKind {
    fn from_word(word: &str) -> Option<Self> {
        [Self::Ollama, Self::OpenAi].into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word in the configuration.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
        }
    }

    /// The remedy for a host without a model that can chat.
    pub(crate) const fn how_to_get_model(self) -> &'static str {
        match self {
            Self::Ollama => "get one with `ollama pull llama3.2:3b`",
            Self::OpenAi => "load one on the server",
        }
    }
}

impl KeyValue for HostKind {
    const TAKES: &'static str = "a text";

    fn read(value: &Value) -> Option<Self> {
        Self::from_word(value.as_str()?)
    }

    fn complaint(value: &Value) -> Option<String> {
        let word = value.as_str()?;
        Some(format!("unknown kind `{word}`; the kinds are `ollama` and `openai`"))
    }
}

/// Prints an address without the password in it.
fn masked_url(value: &Value) -> String {
    let Some(url) = value.as_str() else { return value.to_string() };
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => Value::from(format!("{scheme}://***@{}", &rest[at + 1..])).to_string(),
        None => value.to_string(),
    }
}
