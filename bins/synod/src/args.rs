//! What can be asked of the command.

mod config;
mod debate;
mod model_arg;
mod serve;

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Parser, Subcommand};
use clap_complete::ArgValueCandidates;

use crate::{completion, exit_code};
pub(crate) use config::{ConfigArgs, ConfigCommand, ImportArgs, KeyArgs, KeyCommand};
pub(crate) use debate::DebateArgs;
pub(crate) use model_arg::ModelArg;
pub(crate) use serve::ServeArgs;

/// The flags of every command, listed apart from those of a single command.
const EVERYWHERE: &str = "With every command";

/// What `debate --help` says of the defaults that it names.
const DEFAULTS: &str = "\
Defaults:
    A default above counts where neither the table [debate] of synod.toml nor a variable
    SYNOD__DEBATE__KEY sets another; `synod config show` prints those that do. A debate that is
    created over HTTP or through the library has other defaults: at most 5 rounds, and 3 turns
    of each participant per round.";

/// The last lines of `debate --help`.
fn after_debate() -> String {
    format!("{DEFAULTS}\n\n{}", exit_code::HELP)
}

/// The last lines of `completions --help`.
const COMPLETIONS: &str = "\
For bash, in ~/.bashrc:
    source <(synod completions bash)
For zsh, into a folder of $fpath:
    synod completions zsh > ~/.zfunc/_synod
For fish:
    synod completions fish > ~/.config/fish/completions/synod.fish";

/// Several language models debate a question, vote, and reach a verdict that says how it was
/// reached.
#[derive(Debug, Parser)]
#[command(name = "synod", version, after_help = exit_code::HELP)]
pub(crate) struct Args {
    /// Server, hosts and agents [default: ./synod.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub(crate) config: Option<PathBuf>,

    /// Colours: auto (on a terminal, unless NO_COLOR is set), always or never [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        hide_possible_values = true,
        help_heading = EVERYWHERE
    )]
    pub(crate) color: Option<Color>,

    /// Log to stderr; twice: in detail. RUST_LOG chooses more precisely
    #[arg(
        short,
        long,
        global = true,
        action = clap::ArgAction::Count,
        help_heading = EVERYWHERE
    )]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Hold a debate and print its verdict
    #[command(
        after_help = after_debate(),
        allow_negative_numbers = true,
        override_usage = "synod debate [OPTIONS] [QUESTION] [-]"
    )]
    Debate(Box<DebateArgs>),
    /// Serve the HTTP interface: agents, tasks, debates and their live streams
    Serve(ServeArgs),
    /// Check the log of a debate and print the verdict it yields
    Verify(VerifyArgs),
    /// List the models in reach
    Models(ModelsArgs),
    /// List the agents
    Agents,
    /// Write a sample configuration, show the effective one, or import agents
    Config(ConfigArgs),
    /// Make API keys
    Key(KeyArgs),
    /// Find out why debates cannot be held, and what to do
    Doctor(DoctorArgs),
    /// Print a script that makes a shell complete synod's words
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

/// `synod verify`
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// A log, one event per line, as `synod debate -o ndjson` writes it; `-` for stdin
    pub(crate) file: PathBuf,
}

/// `synod models`
#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ModelsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Fetch the weights of the demo model, for machines without Ollama
    Fetch,
}

/// `synod doctor`
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Print the findings as one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    /// Ask only these models to fill a ballot, MODEL or HOST/MODEL [default: all]
    #[arg(
        short,
        long = "model",
        value_name = "MODEL",
        value_delimiter = ',',
        add = ArgValueCandidates::new(completion::models)
    )]
    pub(crate) models: Vec<ModelArg>,

    /// Ask no model to fill a ballot
    #[arg(long, conflicts_with = "models")]
    pub(crate) no_probe: bool,
}

/// `synod completions`
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell: bash, zsh, fish, powershell or elvish
    #[arg(hide_possible_values = true)]
    pub(crate) shell: clap_complete::Shell,
}

/// `synod man`
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// Write the page of every command into this folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
