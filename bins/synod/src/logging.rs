//! The log on stderr.

use std::io::{self, IsTerminal};

use synod_debate_engine::SystemClock;
use synod_domain::Clock;
use tracing_subscriber::{
    EnvFilter,
    fmt::{format::Writer, time::FormatTime},
};

/// The format of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Human,
    Json,
}

impl LogFormat {
    /// The word on the command line and in the file.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

/// Starts the log of a command, if `-v` or `RUST_LOG` asks for one.
pub(crate) fn start(rust_log: Option<&str>, verbose: u8) {
    let by_flag = match verbose {
        0 => None,
        1 => Some("synod=info,synod_agents=info,synod_debate_engine=info,synod_inference=info"),
        _ => Some("debug,hyper=info,reqwest=info"),
    };
    let Some(directives) = rust_log.or(by_flag) else { return };
    write_to_stderr(directives, LogFormat::Human);
}

/// Starts the log of a server, and returns its format. Without a `format` the log is for people on a
/// terminal and for programs elsewhere.
pub(crate) fn start_for_server(
    rust_log: Option<&str>,
    verbose: u8,
    format: Option<LogFormat>,
) -> LogFormat {
    let by_terminal = || match io::stderr().is_terminal() {
        true => LogFormat::Human,
        false => LogFormat::Json,
    };
    let format = format.unwrap_or_else(by_terminal);
    let by_flag = match verbose {
        0 => {
            "warn,actix_http::h1::dispatcher=off,synod=info,synod_agents=info,synod_debate_engine=info,synod_http_api=info,\
              synod_inference=info"
        }
        1 => {
            "info,synod=debug,synod_agents=debug,synod_debate_engine=debug,\
              synod_http_api=debug,synod_inference=debug"
        }
        _ => "debug",
    };
    write_to_stderr(rust_log.unwrap_or(by_flag), format);
    format
}

/// Timestamps of the log, written like those of events.
struct LogTime(SystemClock);

impl FormatTime for LogTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", self.0.now())
    }
}

fn write_to_stderr(directives: &str, format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives))
        .with_timer(LogTime(SystemClock::new()))
        .with_writer(io::stderr);
    match format {
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).init(),
        LogFormat::Human => {
            let color = anstream::AutoStream::choice(&io::stderr());
            log.with_ansi(color != anstream::ColorChoice::Never).init();
        }
    }
}
