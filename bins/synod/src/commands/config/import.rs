//! `synod config import`: agents of other programs as tables `[agents.NAME]`.

mod autogen;
mod crew;
mod ids;
mod table;

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use synod_agents::Registry;
use thiserror::Error;

use crate::{CliError, args::ImportArgs, bounded_read, config::Config, output::say};
use ids::Ids;
use table::AgentTable;

/// An agent of the other program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ImportedAgent {
    /// Its name there.
    name: String,
    /// The displayed name, if it differs.
    title: Option<String>,
    /// Its persona, of any length.
    persona: String,
    /// The name of its model on an Ollama.
    model: Option<String>,
    /// Notes on what cannot be imported, each continuing a sentence after the agent's name.
    notes: Vec<String>,
}

/// The note on an agent that also `does` this in the other program.
fn only_argues(does: &str) -> String {
    format!("it {does} there; in a debate it can only argue")
}

/// The content of a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct ImportedFile {
    agents: Vec<ImportedAgent>,
    /// Notes on what cannot be imported, as sentences.
    notes: Vec<String>,
}

/// Errors of a file that cannot be read as agents.
#[derive(Debug, Error, PartialEq, Eq)]
enum ImportError {
    /// A place in the file is invalid.
    #[error("line {line}: {detail}")]
    At {
        /// The line, from 1.
        line: usize,
        /// The problem.
        detail: String,
    },
    /// The file has no agents that can be imported.
    #[error("{0}")]
    Whole(String),
}

/// Prints the tables, or adds them to a file.
pub(super) fn run(args: &ImportArgs) -> Result<(), CliError> {
    let text = text_of(&args.file)?;
    let found =
        found(&text).map_err(|error| CliError::Usage(format!("{}: {error}", shown(&args.file))))?;
    let before = match &args.into {
        Some(path) => existing(path)?,
        None => String::new(),
    };
    let known = known(args.into.as_deref(), &before)?;
    let (found, there) = without_existing(found, &known);
    let (tables, notes) = tables(found, &known);
    if let Some(path) = &args.into
        && !there.is_empty()
    {
        say(&format!("already in {}: {}", path.display(), there.join(", ")));
    }
    if tables.is_empty() {
        notes.iter().for_each(|sentence| say(sentence));
        return Ok(());
    }
    let mut added = String::new();
    if !before.is_empty() {
        added.push_str(if before.ends_with('\n') { "\n" } else { "\n\n" });
    }
    added += &tables.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    // The output must be a valid configuration.
    Config::parse(args.into.as_deref().unwrap_or(&args.file), &(before + &added))?;
    match &args.into {
        Some(path) => {
            append(path, &added)?;
            let agents = if tables.len() == 1 { "agent" } else { "agents" };
            say(&format!("added {} {agents} to {}", tables.len(), path.display()));
        }
        None => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(added.as_bytes())?;
            stdout.flush()?;
        }
    }
    notes.iter().for_each(|sentence| say(sentence));
    Ok(())
}

/// Reads the agents of a file: a team of AutoGen as JSON, or agents of CrewAI as YAML.
fn found(text: &str) -> Result<ImportedFile, ImportError> {
    let found = match text.trim_start().starts_with('{') {
        true => autogen::read(text)?,
        false => crew::read(text)?,
    };
    if found.agents.is_empty() {
        return Err(ImportError::Whole("there are no agents in it".to_owned()));
    }
    Ok(found)
}

/// Makes the tables, and notes on them.
fn tables(found: ImportedFile, known: &Registry) -> (Vec<AgentTable>, Vec<String>) {
    let mut ids = Ids::beside(known);
    let mut notes = Vec::new();
    let mut tables = Vec::new();
    for agent in found.agents {
        let (id, clash) = ids.take(&agent.name);
        notes.extend(clash.map(|clash| format!("{}: {clash}, so it is called {id}", agent.name)));
        let (table, of_table) = AgentTable::new(id, agent);
        notes.extend(of_table);
        tables.push(table);
    }
    notes.extend(found.notes);
    (tables, notes)
}

/// Separates the agents that the configuration does not have from the ids of those that it has. A number
/// at the end of an id makes no difference.
fn without_existing(found: ImportedFile, known: &Registry) -> (ImportedFile, Vec<String>) {
    let built_in = Registry::built_in();
    let mut there: Vec<String> = Vec::new();
    let mut new = Vec::new();
    for agent in found.agents {
        let (table, _) = AgentTable::new(ids::id_of(&agent.name), agent.clone());
        let same = known.iter().find(|other| {
            built_in.get(&other.id).is_err()
                && !there.iter().any(|id| id == other.id.as_str())
                && ids::is_id_of(&agent.name, other.id.as_str())
                && table.matches(other)
        });
        match same {
            Some(other) => there.push(other.id.to_string()),
            None => new.push(agent),
        }
    }
    (ImportedFile { agents: new, notes: found.notes }, there)
}

/// The note on a model that is not served by an Ollama.
fn other_model(model: &str) -> String {
    format!(
        "its model `{model}` is not one of Ollama's, so none is set; set `model`, and `host` if a \
         host of yours serves it"
    )
}

/// The existing agents.
fn known(into: Option<&Path>, text: &str) -> Result<Registry, CliError> {
    match into {
        Some(path) => Ok(Config::parse(path, text)?.registry),
        None => Ok(Registry::built_in()),
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The name of the file in messages.
fn shown(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() }
}

fn text_of(path: &Path) -> Result<String, CliError> {
    let cannot = |source| CliError::Read { path: shown(path).into(), source };
    let is_stdin = is_stdin(path);
    let bytes = if is_stdin { bounded_read::stdin() } else { bounded_read::bytes(path) };
    let bytes = bytes.map_err(cannot)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        CliError::Usage(format!("{}: line {line}: this is not UTF-8", shown(path)))
    })?;
    Ok(bounded_read::without_bom(&text).to_owned())
}

fn existing(path: &Path) -> Result<String, CliError> {
    match bounded_read::text(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|source| CliError::Read { path: path.to_owned(), source }),
    }
}

/// Appends to the file.
fn append(path: &Path, text: &str) -> Result<(), CliError> {
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(bounded_read::expand_tilde(path))
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| CliError::Failed(format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests;
