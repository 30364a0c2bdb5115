//! Reads the tables of a configuration file that is parsed once.

use std::{borrow::Cow, ops::Range, path::Path};

use serde::{Deserialize, de::IntoDeserializer};
use synod_agents::Registry;
use synod_domain::{HostName, ModelName, check_name, instead_of};
use toml::{
    Spanned, Value,
    de::{DeTable, DeValue},
};

use super::{
    Config,
    error::ConfigError,
    host::{HostEntry, MODELS, ModelEntry, ModelTable},
    source::Source,
    table::Table,
};

/// The tables at the root.
pub(super) const TABLES: [&str; 6] = ["agents", "backup", "debate", "hosts", "log", "server"];

/// Reads a configuration file with this text.
pub(super) fn read(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let invalid = |Problem { at, detail }| {
        let line = line_of(text, at);
        ConfigError::File { path: path.to_owned(), line, detail }
    };
    let root = DeTable::parse(text).map_err(|error| {
        invalid(Problem::new(error.span().unwrap_or_default(), error.message().trim()))
    })?;
    let root = root.get_ref();
    let source_at = |at: usize| Source::line_of(path, line_of(text, at));
    let reader = TableReader { source_at: &source_at };
    let tables = reader.root(root).map_err(invalid)?;
    let registry = Registry::built_in().with_document(root, text).map_err(|source| {
        ConfigError::Agents { path: path.to_owned(), source: Box::new(source) }
    })?;
    Ok(Config { path: Some(path.to_owned()), registry, ..tables })
}

/// Reads the models of a host from the text of a variable: an inline table.
///
/// # Errors
/// The problem.
pub(super) fn models_in_variable(text: &str, variable: &str) -> Result<Vec<ModelEntry>, String> {
    let example = "must be a table of models, as { \"qwen3:4b\" = { parameters = \"4B\" } }";
    let text = format!("{MODELS} = {text}");
    let root = DeTable::parse(&text).map_err(|_| example.to_owned())?;
    let reader = TableReader { source_at: &|_| Source::Variable(variable.to_owned()) };
    match in_order(root.get_ref())[..] {
        [(_, models)] => reader.models(models).map_err(|problem| problem.detail),
        _ => Err(example.to_owned()),
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// A problem and its byte offset.
struct Problem {
    at: usize,
    detail: String,
}

impl Problem {
    fn new(span: Range<usize>, detail: impl Into<String>) -> Self {
        Self { at: span.start, detail: detail.into() }
    }
}

type Word<'a> = Spanned<Cow<'a, str>>;
type Pair<'t, 'a> = (&'t Word<'a>, &'t Spanned<DeValue<'a>>);

/// The pairs of a table in the order of the file.
fn in_order<'t, 'a>(table: &'t DeTable<'a>) -> Vec<Pair<'t, 'a>> {
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    pairs
}

fn table<'t, 'a>(
    value: &'t Spanned<DeValue<'a>>,
    otherwise: &str,
) -> Result<Vec<Pair<'t, 'a>>, Problem> {
    let table = value.get_ref().as_table();
    table.map(in_order).ok_or_else(|| Problem::new(value.span(), otherwise))
}

/// Reads tables whose values have sources.
struct TableReader<'a> {
    /// Makes the source of the key at a byte offset.
    source_at: &'a dyn Fn(usize) -> Source,
}

impl TableReader<'_> {
    /// The configuration of these tables, without the agents.
    fn root(&self, root: &DeTable<'_>) -> Result<Config, Problem> {
        let mut config = Config::built_in();
        for (name, value) in in_order(root) {
            match name.get_ref().as_ref() {
                // The registry reads them.
                "agents" => {}
                "server" => {
                    self.fill(
                        &mut config.server,
                        table(value, "`server` must be a table: [server]")?,
                    )?;
                }
                "debate" => {
                    self.fill(
                        &mut config.debate,
                        table(value, "`debate` must be a table: [debate]")?,
                    )?;
                }
                "log" => {
                    self.fill(&mut config.log, table(value, "`log` must be a table: [log]")?)?;
                }
                "backup" => {
                    self.fill(
                        &mut config.backup,
                        table(value, "`backup` must be a table: [backup]")?,
                    )?;
                }
                "hosts" => {
                    let tables = table(value, "`hosts` must hold tables, as [hosts.local]")?;
                    for (name, value) in tables {
                        config.hosts.push(self.host(name, value)?);
                    }
                }
                unknown => {
                    let instead = instead_of(unknown, TABLES);
                    let detail = format!("unknown table `{unknown}`{instead}");
                    return Err(Problem::new(name.span(), detail));
                }
            }
        }
        Ok(config)
    }

    fn fill(&self, table: &mut impl Table, pairs: Vec<Pair<'_, '_>>) -> Result<(), Problem> {
        for (key, value) in pairs {
            let plain = Value::deserialize(value.clone().into_deserializer())
                .map_err(|error| Problem::new(value.span(), error.message().trim()))?;
            let source = (self.source_at)(key.span().start);
            table
                .set(key.get_ref(), &plain, source)
                .map_err(|invalid| Problem::new(key.span(), invalid.to_string()))?;
        }
        Ok(())
    }

    fn host(&self, name: &Word<'_>, value: &Spanned<DeValue<'_>>) -> Result<HostEntry, Problem> {
        let mut pairs = table(value, "a host must be a table, as [hosts.local]")?;
        let invalid = |detail: String| Problem::new(name.span(), detail);
        let host = HostName::new(name.get_ref()).map_err(|error| invalid(error.to_string()))?;
        check_name(name.get_ref()).map_err(|error| invalid(format!("a host name {error}")))?;
        let mut entry = HostEntry::new(host);
        let models = pairs.iter().position(|(key, _)| key.get_ref() == MODELS);
        let models = models.map(|place| pairs.remove(place).1);
        self.fill(&mut entry.table, pairs)?;
        if let Some(models) = models {
            entry.models = self.models(models)?;
        }
        if entry.table.url.is_none() {
            let detail =
                format!("[hosts.{}] needs `url`, as \"http://127.0.0.1:11434\"", entry.name);
            return Err(invalid(detail));
        }
        Ok(entry)
    }

    fn models(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<ModelEntry>, Problem> {
        let otherwise = "`models` must hold tables, as [hosts.gpu.models.\"qwen3:4b\"]";
        let models = table(value, otherwise)?;
        models.into_iter().map(|(id, value)| self.model(id, value)).collect()
    }

    fn model(&self, id: &Word<'_>, value: &Spanned<DeValue<'_>>) -> Result<ModelEntry, Problem> {
        let pairs = table(value, "a model must be a table, as [hosts.gpu.models.\"qwen3:4b\"]")?;
        let name = ModelName::new(id.get_ref());
        let name = name.map_err(|error| Problem::new(id.span(), error.to_string()))?;
        let mut table = ModelTable::default();
        self.fill(&mut table, pairs)?;
        Ok(ModelEntry { id: name, table })
    }
}
