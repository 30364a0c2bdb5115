use serde::{Deserialize, de::IntoDeserializer};
use synod_domain::ModelName;
use synod_inference::{ModelSettings, parameters_from_text};
use synod_ollama_client::KeepAlive;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Pair, Word, Wrong, in_order, only_known, table};

/// The keys of `[hosts.NAME.models."ID"]`.
const MODEL_KEYS: [&str; 5] = ["parameters", "window", "num_ctx", "keep_alive", "chats"];

/// A table `[hosts.NAME.models."ID"]`: facts and settings of one model of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelEntry {
    /// The id the host knows it by.
    pub(crate) id: ModelName,
    /// Number of parameters, where the host does not tell.
    pub(crate) parameters: Option<u64>,
    /// Tokens of the window, where a host of kind `openai` does not tell.
    pub(crate) window: Option<u32>,
    /// Tokens of the window that an Ollama loads it with.
    pub(crate) num_ctx: Option<u32>,
    /// How long an Ollama keeps it in memory.
    pub(crate) keep_alive: Option<KeepAliveText>,
    /// Whether it can chat; overrides the host's report.
    pub(crate) chats: Option<bool>,
}

impl ModelEntry {
    /// What holds for hosts of every kind.
    pub(crate) fn settings(&self) -> ModelSettings {
        let Self { parameters, window, chats, .. } = *self;
        ModelSettings { parameters, window, chats }
    }
}

/// How long a model stays in memory, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeepAliveText {
    pub(crate) text: String,
    pub(crate) time: KeepAlive,
}

impl KeepAliveText {
    /// Reads what `OLLAMA_KEEP_ALIVE` may hold.
    ///
    /// # Errors
    /// What the key takes.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let time = text.parse().map_err(|_| takes("keep_alive"))?;
        Ok(Self { text: text.trim().to_owned(), time })
    }
}

/// A text, or an integer in its place.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum TextOrNumber {
    Text(String),
    Number(i64),
}

impl TextOrNumber {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// What a key of a model may hold.
pub(super) fn takes(key: &str) -> &'static str {
    match key {
        "parameters" => "a number of parameters, as \"1.5B\" or \"135M\"",
        "window" | "num_ctx" => "a whole number of tokens",
        "keep_alive" => {
            "a time, as \"10m\", \"1h30m\" or 300 (seconds), 0 to unload at once or -1 for ever"
        }
        _ => "`true` or `false`",
    }
}

/// The tables below `[hosts.NAME.models]`.
pub(super) fn models(value: &Spanned<DeValue<'_>>) -> Result<Vec<ModelEntry>, Wrong> {
    let models = table(value, "`models` must hold tables, as [hosts.gpu.models.\"qwen3:4b\"]")?;
    in_order(models).into_iter().map(|(id, value)| model(id, value)).collect()
}

/// The same from a variable: an inline table.
///
/// # Errors
/// The problem.
pub(super) fn models_of_variable(text: &str) -> Result<Vec<ModelEntry>, String> {
    let example = "must be a table of models, as { \"qwen3:4b\" = { parameters = \"4B\" } }";
    let text = format!("models = {text}");
    let root = DeTable::parse(&text).map_err(|_| example.to_owned())?;
    let pairs = in_order(root.get_ref());
    match pairs[..] {
        [(_, value)] => models(value).map_err(|wrong| wrong.detail),
        _ => Err(example.to_owned()),
    }
}

fn model(id: &Spanned<Word<'_>>, value: &Spanned<DeValue<'_>>) -> Result<ModelEntry, Wrong> {
    let pairs =
        in_order(table(value, "a model must be a table, as [hosts.gpu.models.\"qwen3:4b\"]")?);
    only_known(&pairs, &MODEL_KEYS, "key")?;
    let name = ModelName::new(id.get_ref());
    let name = name.map_err(|error| Wrong::new(id.span(), error.to_string()))?;
    let parameters = read(&pairs, "parameters", |text: TextOrNumber| {
        let text = text.into_text();
        parameters_from_text(&text).or_else(|| text.parse().ok().filter(|count| *count > 0))
    });
    let tokens = |tokens: u32| (tokens > 0).then_some(tokens);
    // `read` reports which values the key accepts, so the error here is not needed.
    let keep_alive = |text: TextOrNumber| KeepAliveText::read(&text.into_text()).ok();
    Ok(ModelEntry {
        id: name,
        parameters: parameters?,
        window: read(&pairs, "window", tokens)?,
        num_ctx: read(&pairs, "num_ctx", tokens)?,
        keep_alive: read(&pairs, "keep_alive", keep_alive)?,
        chats: read(&pairs, "chats", Some)?,
    })
}

/// The value of a key, if it is there.
fn read<'de, T: Deserialize<'de>, R>(
    pairs: &[Pair<'_, 'de>],
    key: &str,
    understand: impl Fn(T) -> Option<R>,
) -> Result<Option<R>, Wrong> {
    let Some((_, value)) = pairs.iter().find(|(known, _)| known.get_ref() == key) else {
        return Ok(None);
    };
    let read = T::deserialize((*value).clone().into_deserializer()).ok().and_then(understand);
    let wrong = || Wrong::new(value.span(), format!("`{key}` must be {}", takes(key)));
    read.map(Some).ok_or_else(wrong)
}
