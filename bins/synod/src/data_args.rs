use std::path::PathBuf;

use clap::ValueHint;

use crate::config::LogTable;

/// The option of all commands that use the data directory.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct DataArgs {
    /// Directory that keeps debates [default: ~/.local/share/synod]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Data")]
    pub(crate) data: Option<PathBuf>,
}

impl DataArgs {
    /// The directory of the option, or the configured one; none for the default directory.
    pub(crate) fn or_configured(&self, config: &LogTable) -> Self {
        Self { data: self.data.as_ref().or(config.data.as_ref()).cloned() }
    }

    /// The option as another command needs it, after a space; empty if it was not given.
    pub(crate) fn flag(&self) -> String {
        let Some(data) = &self.data else { return String::new() };
        let data = data.display().to_string();
        let is_plain = data.chars().all(|c| c.is_alphanumeric() || "/._-~+@%".contains(c));
        if is_plain {
            format!(" --data {data}")
        } else {
            // As a shell reads it.
            format!(" --data '{}'", data.replace('\'', "'\\''"))
        }
    }
}

/// The options of commands that run debates.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct KeepArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Keep nothing after the end of the process
    #[arg(long, conflicts_with = "data", help_heading = "Data")]
    pub(crate) ephemeral: bool,
}
