use clap_complete::ArgValueCandidates;

use crate::{completion, data_args::KeepArgs, logging::LogFormat};

/// `synod serve`
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Name or address to listen on; `localhost` is 127.0.0.1 and ::1 [default: localhost]
    #[arg(long, value_name = "HOST", add = ArgValueCandidates::new(completion::addresses))]
    pub(crate) host: Option<String>,

    /// Port to listen on; 0 for any free port [default: 8000]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Listen on other interfaces without an API key, so that anyone who reaches the port has full access
    #[arg(long)]
    pub(crate) insecure: bool,

    /// Format of the log on stderr: human or json [default: human on a terminal, else json]
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) log_format: Option<LogFormat>,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,
}
