//! What can be asked of the command.

mod color;
mod config;
mod debate;
mod doctor;
mod format;
mod mode;
mod model_arg;
mod models;
mod serve;
mod shell;
mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::exit_code;
pub(crate) use color::Color;
pub(crate) use config::{ConfigArgs, ConfigCommand, ImportArgs, KeyArgs, KeyCommand};
pub(crate) use debate::DebateArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use mode::Mode;
pub(crate) use model_arg::ModelArg;
pub(crate) use models::{ModelsArgs, ModelsCommand};
pub(crate) use serve::ServeArgs;
pub(crate) use shell::{CompletionsArgs, ManArgs};
pub(crate) use verify::VerifyArgs;

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
