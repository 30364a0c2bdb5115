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
    /// Print what holds, and where each value comes from; secrets are not shown
    Show,
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
