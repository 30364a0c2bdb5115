//! Agents of other programs as tables `[agents.NAME]`.

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

/// An agent as the other program has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Foreign {
    /// What it is called there.
    name: String,
    /// The name shown to people, if it is another.
    title: Option<String>,
    /// Its persona, of any length.
    persona: String,
    /// A model as Ollama names it.
    model: Option<String>,
    /// What Synod has no place for, each a sentence's end after the agent's name.
    left: Vec<String>,
}

/// The note on an agent that `does` more than to talk in the other program.
fn only_argues(does: &str) -> String {
    format!("it {does} there; in a debate it can only argue")
}

/// All that a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    agents: Vec<Foreign>,
    /// Whole sentences on what has no place in a configuration.
    left: Vec<String>,
}

/// Why a file cannot be read as agents.
#[derive(Debug, Error, PartialEq, Eq)]
enum Unfit {
    /// At one place.
    #[error("line {line}: {detail}")]
    At {
        /// The line, from 1.
        line: usize,
        /// The problem.
        detail: String,
    },
    /// As a whole.
    #[error("{0}")]
    Whole(String),
}

/// Prints the tables, or adds them to a file.
pub(super) fn run(args: &ImportArgs) -> Result<(), CliError> {
    let text = text_of(&args.file)?;
    let found =
        found(&text).map_err(|unfit| CliError::Usage(format!("{}: {unfit}", shown(&args.file))))?;
    let before = match &args.into {
        Some(path) => existing(path)?,
        None => String::new(),
    };
    let known = known(args.into.as_deref(), &before)?;
    let (found, there) = without_known(found, &known);
    let (tables, told) = tables(found, &known);
    if let Some(path) = &args.into
        && !there.is_empty()
    {
        say(&format!("already in {}: {}", path.display(), there.join(", ")));
    }
    if tables.is_empty() {
        told.iter().for_each(|sentence| say(sentence));
        return Ok(());
    }
    let mut added = String::new();
    if !before.is_empty() {
        added.push_str(if before.ends_with('\n') { "\n" } else { "\n\n" });
    }
    added += &tables.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    // Nothing is handed out that would be refused when it is read.
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
    told.iter().for_each(|sentence| say(sentence));
    Ok(())
}

/// The agents of a file: JSON is a team of AutoGen's, everything else is YAML of CrewAI's.
fn found(text: &str) -> Result<Found, Unfit> {
    let found = match text.trim_start().starts_with('{') {
        true => autogen::read(text)?,
        false => crew::read(text)?,
    };
    if found.agents.is_empty() {
        return Err(Unfit::Whole("there are no agents in it".to_owned()));
    }
    Ok(found)
}

/// The tables, and what there is to tell about them.
fn tables(found: Found, known: &Registry) -> (Vec<AgentTable>, Vec<String>) {
    let mut ids = Ids::beside(known);
    let mut told = Vec::new();
    let mut tables = Vec::new();
    for agent in found.agents {
        let (id, clash) = ids.take(&agent.name);
        told.extend(clash.map(|clash| format!("{}: {clash}, so it is called {id}", agent.name)));
        let (table, left) = AgentTable::new(id, agent);
        told.extend(left);
        tables.push(table);
    }
    told.extend(found.left);
    (tables, told)
}

/// Those that are not there yet, and the ids of the others: an agent is there if one of its name says
/// the same, whatever was added to its id.
fn without_known(found: Found, known: &Registry) -> (Found, Vec<String>) {
    let built_in = Registry::built_in();
    let mut there: Vec<String> = Vec::new();
    let mut new = Vec::new();
    for agent in found.agents {
        let (table, _) = AgentTable::new(ids::made_of(&agent.name), agent.clone());
        let same = known.iter().find(|other| {
            built_in.get(&other.id).is_err()
                && !there.iter().any(|id| id == other.id.as_str())
                && ids::is_made_of(&agent.name, other.id.as_str())
                && table.says_the_same_as(other)
        });
        match same {
            Some(other) => there.push(other.id.to_string()),
            None => new.push(agent),
        }
    }
    (Found { agents: new, left: found.left }, there)
}

/// What there is to say of a model that is not one of Ollama's.
fn other_model(model: &str) -> String {
    format!(
        "its model `{model}` is not one of Ollama's, so none is set; set `model`, and `host` if a \
         host of yours serves it"
    )
}

/// The agents that are there already.
fn known(into: Option<&Path>, text: &str) -> Result<Registry, CliError> {
    match into {
        Some(path) => Ok(Config::parse(path, text)?.registry),
        None => Ok(Registry::built_in()),
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// What messages call the file.
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

/// Appends to the file, which keeps its contents.
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
