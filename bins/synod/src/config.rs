//! `synod.toml` and what overrules it: server, hosts and agents. The tables `[agents.NAME]` are read
//! by the registry.

mod debate;
mod host;
mod model;
mod overrides;
mod server;

use std::{
    collections::BTreeMap,
    io,
    num::NonZeroUsize,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::IntoDeserializer};
use synod_agents::{AgentsFileError, Registry};
use synod_domain::{HostName, check_name, instead_of};
use thiserror::Error;

use crate::{bounded_read, environment::Environment};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub(crate) use debate::{DebateDefaults, DebateTable};
pub(crate) use host::{HostEntry, HostKey, HostKind};
pub(crate) use model::{KeepAliveText, ModelEntry};
pub(crate) use server::{Form, KEYS, Key, Server, Source};

/// The file that is read if there is one.
pub(crate) const DEFAULT: &str = "synod.toml";
/// The tables there are.
const TABLES: [&str; 4] = ["agents", "debate", "hosts", "server"];
/// The keys of `[hosts.NAME]`.
const HOST_KEYS: [&str; 13] = [
    "kind",
    "url",
    "api_key",
    "api_key_file",
    "concurrent_calls",
    "models_at_once",
    "calls_at_once",
    "load_seconds",
    "away_seconds",
    "num_ctx",
    "window",
    "keep_alive",
    "models",
];

/// A configuration file, read and checked.
#[derive(Debug)]
pub(crate) struct Config {
    /// Its path; `None` without a file.
    pub(crate) path: Option<PathBuf>,
    /// The built-in agents and those of the file.
    pub(crate) registry: Registry,
    /// The hosts, in the order of the file.
    pub(crate) hosts: Vec<HostEntry>,
    /// How to serve.
    pub(crate) server: Server,
    /// How to debate.
    pub(crate) debate: DebateDefaults,
}

/// Why a configuration file cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its tables of agents are wrong.
    #[error("{}, {source}", path.display())]
    Agents {
        /// The file.
        path: PathBuf,
        /// The problem.
        source: Box<AgentsFileError>,
    },
    /// A variable that overrules it is wrong.
    #[error("{variable}: {detail}")]
    Variable {
        /// Its name.
        variable: String,
        /// The problem.
        detail: String,
    },
    /// Something else in it is wrong.
    #[error("{}, line {line}: {detail}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The problem.
        detail: String,
    },
}

impl Config {
    /// Reads this file, or `synod.toml` of this folder if there is one, and what overrules it.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is wrong, with its line or variable.
    pub(crate) fn find(
        given: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        Self::read(given)?.overruled(&environment.overrides)
    }

    fn read(given: Option<&Path>) -> Result<Self, ConfigError> {
        let path = given.unwrap_or(Path::new(DEFAULT));
        match bounded_read::text(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if given.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::built_in())
            }
            Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// What holds without a file.
    pub(crate) fn built_in() -> Self {
        Self {
            path: None,
            registry: Registry::built_in(),
            hosts: Vec::new(),
            server: Server::default(),
            debate: DebateDefaults::default(),
        }
    }

    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let Tables { hosts, server, debate } =
            tables(path, text).map_err(|Wrong { at, detail }| {
                let line = line_at(text, at);
                ConfigError::Wrong { path: path.to_owned(), line, detail }
            })?;
        let registry = Registry::built_in()
            .with_file(text)
            .map_err(Box::new)
            .map_err(|source| ConfigError::Agents { path: path.to_owned(), source })?;
        Ok(Self { path: Some(path.to_owned()), registry, hosts, server, debate })
    }
}

/// The line of a byte, from 1.
fn line_at(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// The problem, and its byte offset.
struct Wrong {
    at: usize,
    detail: String,
}

impl Wrong {
    fn new(span: Range<usize>, detail: impl Into<String>) -> Self {
        Self { at: span.start, detail: detail.into() }
    }
}

/// All tables but those of the agents.
struct Tables {
    hosts: Vec<HostEntry>,
    server: Server,
    debate: DebateDefaults,
}

fn tables(path: &Path, text: &str) -> Result<Tables, Wrong> {
    let root = DeTable::parse(text)
        .map_err(|e| Wrong::new(e.span().unwrap_or_default(), e.message().trim()))?;
    let root = in_order(root.get_ref());
    only_known(&root, &TABLES, "table")?;
    let named = |name: &str| root.iter().find(|(key, _)| key.get_ref() == name);
    let hosts = match named("hosts") {
        Some((_, hosts)) => in_order(table(hosts, "`hosts` must hold tables, as [hosts.local]")?),
        None => Vec::new(),
    };
    let hosts =
        hosts.into_iter().map(|(name, value)| host(name, value)).collect::<Result<_, _>>()?;
    let source = Source::File(path.display().to_string());
    let mut server = Server::default();
    if let Some((_, values)) = named("server") {
        let values = table(values, "`server` must be a table: [server]")?;
        settings(values, |key, value, _| server.set(key, value, source.clone()))?;
    }
    let mut debate = DebateDefaults::default();
    if let Some((_, values)) = named("debate") {
        let values = table(values, "`debate` must be a table: [debate]")?;
        settings(values, |key, value, at| {
            debate.set_in_file(key, value, source.clone(), line_at(text, at))
        })?;
    }
    Ok(Tables { hosts, server, debate })
}

/// Sets each key of a table, given with the byte where it begins.
fn settings(
    values: &DeTable<'_>,
    mut set: impl FnMut(&str, toml::Value, usize) -> Result<(), String>,
) -> Result<(), Wrong> {
    for (key, value) in in_order(values) {
        let plain = toml::Value::deserialize(value.clone().into_deserializer())
            .map_err(|error| Wrong::new(value.span(), error.message().trim()))?;
        let at = key.span().start;
        set(key.get_ref(), plain, at).map_err(|detail| Wrong::new(key.span(), detail))?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct HostKeys {
    kind: Option<String>,
    url: Option<String>,
    api_key: Option<String>,
    api_key_file: Option<PathBuf>,
    concurrent_calls: Option<NonZeroUsize>,
    models_at_once: Option<NonZeroUsize>,
    calls_at_once: Option<NonZeroUsize>,
    load_seconds: Option<u32>,
    away_seconds: Option<u32>,
    num_ctx: Option<u32>,
    window: Option<u32>,
    keep_alive: Option<model::TextOrNumber>,
}

fn host(name: &Spanned<Word<'_>>, value: &Spanned<DeValue<'_>>) -> Result<HostEntry, Wrong> {
    let pairs = in_order(table(value, "a host must be a table, as [hosts.local]")?);
    only_known(&pairs, &HOST_KEYS, "key")?;
    let invalid = |detail: String| Wrong::new(name.span(), detail);
    let host = HostName::new(name.get_ref()).map_err(|error| invalid(error.to_string()))?;
    check_name(name.get_ref()).map_err(|error| invalid(format!("a host name {error}")))?;
    let keys = HostKeys::deserialize(value.clone().into_deserializer()).map_err(|error| {
        let at = error.span().unwrap_or_else(|| name.span());
        let key = pairs.iter().find(|(_, value)| value.span().contains(&at.start));
        let detail = key.map_or_else(
            || error.message().trim().to_owned(),
            |(key, _)| format!("`{}` must be {}", key.get_ref(), host_key_takes(key.get_ref())),
        );
        Wrong::new(at, detail)
    })?;
    let kind = match keys.kind {
        Some(word) => HostKind::of_word(&word).map_err(|detail| {
            let at = pairs.iter().find(|(key, _)| key.get_ref() == "kind");
            Wrong::new(at.map_or_else(|| name.span(), |(key, _)| key.span()), detail)
        })?,
        None => HostKind::default(),
    };
    let url = keys.url.ok_or_else(|| {
        invalid(format!("[hosts.{host}] needs `url`, as \"http://127.0.0.1:11434\""))
    })?;
    let at = |name: &str| pairs.iter().find(|(key, _)| key.get_ref() == name).map(|(_, v)| *v);
    let keep_alive = keys.keep_alive.map(|text| {
        KeepAliveText::read(&text.into_text()).map_err(|takes| {
            let span = at("keep_alive").map_or_else(|| name.span(), Spanned::span);
            Wrong::new(span, format!("`keep_alive` must be {takes}"))
        })
    });
    Ok(HostEntry {
        name: host,
        kind,
        url,
        api_key: keys.api_key.map(HostKey),
        api_key_file: keys.api_key_file,
        concurrent_calls: keys.concurrent_calls,
        models_at_once: keys.models_at_once,
        calls_at_once: keys.calls_at_once,
        load_seconds: keys.load_seconds,
        away_seconds: keys.away_seconds,
        num_ctx: keys.num_ctx,
        window: keys.window,
        keep_alive: keep_alive.transpose()?,
        models: at("models").map(model::models).transpose()?.unwrap_or_default(),
        variables: BTreeMap::new(),
    })
}

/// What a key of a host may hold.
fn host_key_takes(key: &str) -> &'static str {
    match key {
        "concurrent_calls" | "models_at_once" | "calls_at_once" => "a whole number, 1 or more",
        "load_seconds" | "away_seconds" => "a whole number of seconds",
        "num_ctx" | "window" => "a whole number of tokens",
        "keep_alive" => model::takes(key),
        "models" => "a table of models, as [hosts.gpu.models.\"qwen3:4b\"]",
        _ => "a text",
    }
}

type Word<'a> = std::borrow::Cow<'a, str>;
type Pair<'t, 'a> = (&'t Spanned<Word<'a>>, &'t Spanned<DeValue<'a>>);

/// The pairs of a table in the order of the file.
fn in_order<'t, 'a>(table: &'t DeTable<'a>) -> Vec<Pair<'t, 'a>> {
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    pairs
}

fn table<'t, 'a>(
    value: &'t Spanned<DeValue<'a>>,
    else_say: &str,
) -> Result<&'t DeTable<'a>, Wrong> {
    value.get_ref().as_table().ok_or_else(|| Wrong::new(value.span(), else_say))
}

fn only_known(pairs: &[Pair<'_, '_>], known: &[&str], noun: &str) -> Result<(), Wrong> {
    let unknown = pairs.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref()));
    let Some((key, _)) = unknown else { return Ok(()) };
    let word = key.get_ref();
    let instead = instead_of(word, known.iter().copied());
    Err(Wrong::new(key.span(), format!("unknown {noun} `{word}`{instead}")))
}

#[cfg(test)]
mod tests;
