use crate::data_args::DataArgs;

/// The last lines of `upgrade-check --help`.
pub(crate) const AFTER_UPGRADE_CHECK: &str = "\
Run it with the version that is in use, before another one is installed. Exit code 0: all checks passed; \
1: a check failed, and its second line says what to do.";

/// `synod upgrade-check`
#[derive(Debug, clap::Args)]
pub(crate) struct UpgradeCheckArgs {
    /// Print the checks as one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}
