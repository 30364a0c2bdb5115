use clap_complete::ArgValueCandidates;

use crate::{completion, logging::LogFormat};

/// `synod serve`
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Where to listen: a name or an address; `localhost` is 127.0.0.1 and ::1 [default: localhost]
    #[arg(long, value_name = "HOST", add = ArgValueCandidates::new(completion::addresses))]
    pub(crate) host: Option<String>,

    /// The port; 0 for a free one [default: 8000]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Listen beyond this machine without an API key: anyone who reaches the port may do anything
    #[arg(long)]
    pub(crate) insecure: bool,

    /// The form of the log on stderr: human or json [default: human on a terminal]
    #[arg(long, value_name = "FORM", hide_possible_values = true)]
    pub(crate) log_format: Option<LogFormat>,
}
