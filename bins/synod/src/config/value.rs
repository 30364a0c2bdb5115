//! The types of values that keys hold.

use std::{
    fmt,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
};

use serde::de::DeserializeOwned;
use synod_domain::{AgentId, DebateMode, DecisionRule};
use synod_http_api::{Network, PathPrefix};
use synod_inference::parameters_from_text;
use synod_ollama_client::KeepAlive;
use toml::Value;

use crate::{backup::BackupSchedule, logging::LogFormat};

/// A type of values that a key holds.
pub(crate) trait KeyValue: Sized {
    /// The accepted values, as messages print them after "must be".
    const TAKES: &'static str;

    /// Reads a value of the file.
    fn read(value: &Value) -> Option<Self>;

    /// Turns the text of a variable into a value of the file. A text that is not of the type stays a text.
    fn from_text(text: &str) -> Value {
        text.into()
    }

    /// Describes a value that is not accepted, where [`TAKES`](Self::TAKES) is not enough.
    fn complaint(_: &Value) -> Option<String> {
        None
    }

    /// Prints a value as TOML, without secrets.
    fn show(value: &Value) -> String {
        value.to_string()
    }
}

/// A secret. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A number of parameters, as `1.5B`, `135M` or 7000000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParameterCount(pub(crate) u64);

/// Names of models. Unlike other lists of texts, an empty name is kept, and refused where the models are
/// looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelNames(pub(crate) Vec<String>);

fn deserialized<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value.clone()).ok()
}

fn parsed<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// A text, or an integer in its place.
fn text_or_integer(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => None,
    }
}

fn number(text: &str) -> Value {
    let text = text.trim();
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(integer), _) => Value::Integer(integer),
        (Err(_), Ok(float)) => Value::Float(float),
        (Err(_), Err(_)) => text.into(),
    }
}

fn trimmed(text: &str) -> Value {
    text.trim().into()
}

fn switch(text: &str) -> Value {
    let text = text.trim();
    text.parse().map_or_else(|_| text.into(), Value::Boolean)
}

/// The parts of a list with commas.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

fn list(text: &str) -> Value {
    parts(text).filter(|part| !part.is_empty()).map(Value::from).collect::<Vec<_>>().into()
}

fn list_with_empty_parts(text: &str) -> Value {
    parts(text).map(Value::from).collect::<Vec<_>>().into()
}

/// A type that serde reads.
macro_rules! deserialized {
    ($($Type:ty, $from_text:expr, $takes:literal;)*) => {$(
        impl KeyValue for $Type {
            const TAKES: &'static str = $takes;

            fn read(value: &Value) -> Option<Self> {
                deserialized(value)
            }

            fn from_text(text: &str) -> Value {
                $from_text(text)
            }
        }
    )*};
}

deserialized! {
    String, Value::from, "a text";
    AgentId, trimmed, "an agent";
    DebateMode, trimmed, "structured, freeform or autonomous";
    DecisionRule, trimmed, "plurality or majority";
    LogFormat, Value::from, "`human` or `json`";
    Vec<String>, list, "a list of texts, as [\"one\", \"two\"]";
    Vec<AgentId>, list_with_empty_parts, "a list of agents, as [\"analyst\", \"critic\"]";
    bool, switch, "true or false";
    u16, number, "a whole number from 0 to 65535";
    u32, number, "a whole number";
    u64, number, "a whole number";
    f64, number, "a number";
    NonZeroU32, number, "a whole number of tokens";
    NonZeroUsize, number, "a whole number, 1 or more";
}

impl KeyValue for PathBuf {
    const TAKES: &'static str = "a path";

    /// An empty path would be the working directory for some calls of the operating system and no file for others.
    fn read(value: &Value) -> Option<Self> {
        value.as_str().filter(|path| !path.trim().is_empty()).map(Self::from)
    }
}

impl KeyValue for PathPrefix {
    const TAKES: &'static str = "a path, as \"/synod\"";

    fn read(value: &Value) -> Option<Self> {
        parsed(value)
    }
}

impl KeyValue for Vec<Network> {
    const TAKES: &'static str = "a list of addresses, as [\"10.0.0.1\", \"10.1.0.0/16\"]";

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(parsed).collect()
    }

    fn from_text(text: &str) -> Value {
        list(text)
    }
}

impl KeyValue for ModelNames {
    const TAKES: &'static str = "a list of models, as [\"llama3.2:3b\", \"gpu/qwen3:8b\"]";

    fn read(value: &Value) -> Option<Self> {
        deserialized(value).map(Self)
    }

    fn from_text(text: &str) -> Value {
        list_with_empty_parts(text)
    }
}

impl KeyValue for Secret {
    const TAKES: &'static str = "a text";

    fn read(value: &Value) -> Option<Self> {
        Some(Self(value.as_str()?.to_owned()))
    }

    fn show(_: &Value) -> String {
        Value::from("***").to_string()
    }
}

impl KeyValue for KeepAlive {
    const TAKES: &'static str =
        "a time, as \"10m\", \"1h30m\" or 300 (seconds), 0 to unload at once or -1 for ever";

    fn read(value: &Value) -> Option<Self> {
        text_or_integer(value)?.parse().ok()
    }

    fn show(value: &Value) -> String {
        text_or_integer(value).map_or_else(|| value.to_string(), |text| trimmed(&text).to_string())
    }
}

impl KeyValue for ParameterCount {
    const TAKES: &'static str = "a number of parameters, as \"1.5B\" or \"135M\"";

    fn read(value: &Value) -> Option<Self> {
        let text = text_or_integer(value)?;
        let count = parameters_from_text(&text).or_else(|| text.parse().ok())?;
        (count > 0).then_some(Self(count))
    }

    fn show(value: &Value) -> String {
        Self::read(value).map_or_else(|| value.to_string(), |Self(count)| count.to_string())
    }
}

impl KeyValue for BackupSchedule {
    const TAKES: &'static str = "`hourly`, `daily`, `weekly` or a cron expression of five fields, as \"30 2 * * *\" (in UTC)";

    fn read(value: &Value) -> Option<Self> {
        parsed(value)
    }

    fn from_text(text: &str) -> Value {
        trimmed(text)
    }

    fn complaint(value: &Value) -> Option<String> {
        let text = value.as_str()?;
        let error = text.parse::<Self>().err()?;
        Some(format!("`schedule` must be {}; {value} {error}", Self::TAKES))
    }
}
