use std::path::PathBuf;

/// `synod config`
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Write a sample with every key, commented out; an existing file is not changed
    Init,
    /// Show the effective configuration with the source of each value, without secrets
    Show,
    /// Convert CrewAI's `agents.yaml`, or an AutoGen team as JSON, to tables of agents and print them
    Import(ImportArgs),
}

/// `synod config import`
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// CrewAI's `agents.yaml`, or a team as AutoGen's `dump_component` writes it; `-` for stdin
    pub(crate) file: PathBuf,

    /// Append the tables to this file instead, which is created if necessary; agents that it already
    /// has are not added again
    #[arg(long, value_name = "FILE")]
    pub(crate) into: Option<PathBuf>,
}

/// `synod key`
#[derive(Debug, clap::Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a new API key and print it once
    New,
}
