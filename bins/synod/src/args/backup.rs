use std::path::PathBuf;

use clap::ValueHint;

use crate::data_args::DataArgs;

/// The last lines of `backup --help`.
pub(crate) const AFTER_BACKUP: &str = "\
The backup is one file with all debates, agents and tasks. Its name is printed to stdout. Debates and \
servers may run meanwhile. The server makes backups by itself if `schedule` is set in [backup] of \
synod.toml.";

/// The last lines of `restore --help`.
pub(crate) const AFTER_RESTORE: &str = "\
No other process may use the data directory meanwhile: stop the server first. To move to another machine, \
restore a backup there into an empty or a new directory.";

/// `synod backup`
#[derive(Debug, clap::Args)]
pub(crate) struct BackupArgs {
    /// A new file, or a directory for it [default: the directory for backups]
    #[arg(value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub(crate) into: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod restore`
#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// A backup
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    /// Replace what the directory keeps without asking
    #[arg(short, long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}
