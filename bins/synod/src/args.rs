//! The arguments of the command line.

mod backup;
mod config;
mod debate;
mod kept;
mod model_arg;
mod serve;
mod upgrade_check;

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Arg, Parser, Subcommand};
use clap_complete::ArgValueCandidates;

use crate::{completion, data_args::DataArgs, exit_code};
pub(crate) use backup::{BackupArgs, RestoreArgs};
pub(crate) use config::{ConfigArgs, ConfigCommand, ImportArgs, KeyArgs, KeyCommand};
pub(crate) use debate::DebateArgs;
pub(crate) use kept::{
    ContinueArgs, DeleteArgs, ExportArgs, GradeArgs, ImportDebatesArgs, ListArgs, PruneArgs,
    ReplayArgs, ResumeArgs, ShowArgs, VerifyArgs,
};
pub(crate) use model_arg::ModelArg;
pub(crate) use serve::ServeArgs;
pub(crate) use upgrade_check::UpgradeCheckArgs;

/// The heading of the options that every command has.
const GLOBAL: &str = "Global options";

/// The section of `debate --help` about defaults.
const DEFAULTS: &str = "\
Defaults:
    The table [debate] of synod.toml and variables SYNOD__DEBATE__KEY override the defaults
    above; `synod config show` prints the effective values. Debates created over HTTP or through
    the library have other defaults: at most 5 rounds, and 3 turns per participant and round.";

/// The last lines of `debate --help`.
fn after_debate() -> String {
    format!("{DEFAULTS}\n\n{}", exit_code::HELP)
}

/// The help of `debate` for a flag, with the default that it has in `continue`.
fn with_inherited_default(arg: Arg) -> Arg {
    let is_inherited = matches!(arg.get_help_heading(), Some("Panel" | "Rules"))
        && !matches!(arg.get_id().as_str(), "seed" | "no_run_off");
    let Some(help) = arg.get_help().map(ToString::to_string).filter(|_| is_inherited) else {
        return arg;
    };
    let words = help.split(" [default:").next().unwrap_or_default();
    arg.help(format!("{words} [default: as in the earlier debate]"))
}

/// The last lines of `completions --help`.
const COMPLETIONS: &str = "\
For bash, in ~/.bashrc:
    source <(synod completions bash)
For zsh, in a folder of $fpath:
    synod completions zsh > ~/.zfunc/_synod
For fish:
    synod completions fish > ~/.config/fish/completions/synod.fish";

/// Several language models debate a question, vote, and reach a verdict that shows how it came
/// about.
#[derive(Debug, Parser)]
#[command(name = "synod", version, after_help = exit_code::HELP)]
pub(crate) struct Args {
    /// Configuration of server, hosts and agents [default: ./synod.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) config: Option<PathBuf>,

    /// Colours: auto (on a terminal, unless NO_COLOR is set), always or never [default: auto]
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        hide_possible_values = true,
        help_heading = GLOBAL
    )]
    pub(crate) color: Option<Color>,

    /// Log to stderr; repeat for more detail. RUST_LOG takes precedence
    #[arg(
        short,
        long,
        global = true,
        action = clap::ArgAction::Count,
        help_heading = GLOBAL
    )]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Run a debate and print its verdict
    #[command(
        after_help = after_debate(),
        allow_negative_numbers = true,
        override_usage = "synod debate [OPTIONS] [QUESTION] [-]"
    )]
    Debate(Box<DebateArgs>),
    /// Serve the HTTP interface: agents, tasks, debates and their live streams
    Serve(ServeArgs),
    /// List the stored debates, newest first
    List(ListArgs),
    /// Show a stored debate
    Show(ShowArgs),
    /// Replay a debate on the terminal as it was live
    Replay(ReplayArgs),
    /// Continue a debate that was paused or whose process ended
    Resume(ResumeArgs),
    /// Begin a debate on a follow-up question, with the verdict of an earlier one as context
    ///
    /// The participants, models and rules (mode, rounds, decision rule, limits, moderator, judge) are those of
    /// the earlier debate; the flags below replace them. Its options and its context are not taken over, and
    /// [debate] in synod.toml does not apply.
    #[command(
        after_help = exit_code::HELP,
        mut_args = with_inherited_default,
        allow_negative_numbers = true,
        override_usage = "synod continue [OPTIONS] <ID> [QUESTION] [-]"
    )]
    Continue(Box<ContinueArgs>),
    /// Write debates to a file, to archive or move them
    Export(ExportArgs),
    /// Add the debates of an exported file to the stored ones
    Import(ImportDebatesArgs),
    /// Check debates: hashes and order of events, a recount of the votes, and the database
    Verify(VerifyArgs),
    /// Grade the verdict of a debate: right, wrong or unclear
    Grade(GradeArgs),
    /// Delete debates for good
    Delete(DeleteArgs),
    /// Delete the debates that ended long ago
    Prune(PruneArgs),
    /// List the models of all reachable hosts
    Models(ModelsArgs),
    /// List the agents
    Agents,
    /// Write a sample configuration, show the effective one, or import agents
    Config(ConfigArgs),
    /// Create API keys
    Key(KeyArgs),
    /// Check hosts, models, agents and the data directory, and suggest fixes
    Doctor(DoctorArgs),
    /// Write a backup of everything that is kept, also while a server runs
    #[command(after_help = backup::AFTER_BACKUP)]
    Backup(BackupArgs),
    /// Replace all kept data with a backup
    #[command(after_help = backup::AFTER_RESTORE)]
    Restore(RestoreArgs),
    /// Check whether everything is ready for another version
    #[command(after_help = upgrade_check::AFTER_UPGRADE_CHECK)]
    UpgradeCheck(UpgradeCheckArgs),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
}

/// `synod models`
#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ModelsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Download the weights of the demo model, for machines without Ollama
    Fetch,
}

/// `synod doctor`
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Print the findings as one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    /// Test only these models, as MODEL or HOST/MODEL [default: all]
    #[arg(
        short,
        long = "model",
        value_name = "MODEL",
        value_delimiter = ',',
        add = ArgValueCandidates::new(completion::models)
    )]
    pub(crate) models: Vec<ModelArg>,

    /// Do not test whether models can vote
    #[arg(long, conflicts_with = "models")]
    pub(crate) no_probe: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
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
    /// Write the pages of all commands to this folder, creating it if necessary
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
}

/// Whether the output has colours.
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
