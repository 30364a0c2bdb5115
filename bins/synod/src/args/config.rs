use std::path::PathBuf;

/// `synod config`
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Write a sample with every key, commented out; an existing file stays as it is
    Init,
    /// Show the effective configuration, and where each value comes from; secrets are not shown
    Show,
    /// Make agents of CrewAI's `agents.yaml` or of an AutoGen team as JSON, and print their tables
    Import(ImportArgs),
}

/// `synod config import`
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// CrewAI's `agents.yaml`, or what AutoGen's `dump_component` writes of a team; `-`: stdin
    pub(crate) file: PathBuf,

    /// Add the tables to the end of this file instead, which is made if it is not there; agents that
    /// it has already are not added again
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
    /// Make a new API key and print it, once
    New,
}
