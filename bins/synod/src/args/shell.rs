use std::path::PathBuf;

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
