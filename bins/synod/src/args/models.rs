/// `synod models`
#[derive(Debug, clap::Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ModelsCommand>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ModelsCommand {
    /// Fetch the weights of the demo model, for machines without Ollama
    Fetch,
}
