//! What the process finds around it. Nothing else reads the environment.

use std::io::{self, IsTerminal};
#[cfg(feature = "embedded")]
use std::path::PathBuf;

use synod_debate_engine::SystemClock;
use synod_domain::Clock;
use tracing_subscriber::{
    EnvFilter,
    fmt::{format::Writer, time::FormatTime},
};

use crate::{
    args::{Args, Command, LogFormat},
    config_file::PREFIX,
    output::charset,
};

/// The variables that reroute HTTP.
const PROXIES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// The environment, read once.
#[derive(Debug)]
pub(crate) struct Environment {
    /// `OLLAMA_HOST`.
    pub(crate) ollama_host: Option<String>,
    /// Variables `SYNOD__SECTION__KEY`, with their values, in order of their names.
    pub(crate) overrides: Vec<(String, String)>,
    /// Proxy variables that are set, with their values.
    pub(crate) proxies: Vec<(&'static str, String)>,
    /// `_CLAP_COMPLETE_INDEX`: which word of a command line a shell completes, from 0.
    pub(crate) completed_word: Option<usize>,
    /// `TERM` names a terminal that cannot move its cursor.
    is_dumb: bool,
    /// The locale's characters are not those of Unicode.
    is_ascii: bool,
    /// `RUST_LOG`.
    log: Option<String>,
    /// `SYNOD_WEIGHTS`: a user's own weights for the embedded model.
    #[cfg(feature = "embedded")]
    pub(crate) weights: Option<PathBuf>,
    /// Where fetched weights are kept.
    #[cfg(feature = "embedded")]
    pub(crate) cache: PathBuf,
}

impl Environment {
    pub(crate) fn read() -> Self {
        let proxies = PROXIES.into_iter().filter_map(|name| Some((name, variable(name)?)));
        Self {
            ollama_host: variable("OLLAMA_HOST"),
            overrides: overrides(),
            completed_word: variable("_CLAP_COMPLETE_INDEX").and_then(|n| n.parse().ok()),
            proxies: proxies.collect(),
            is_dumb: variable("TERM").as_deref() == Some("dumb"),
            is_ascii: ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .find_map(variable)
                .is_some_and(|locale| is_ascii(&locale)),
            log: variable("RUST_LOG"),
            #[cfg(feature = "embedded")]
            weights: variable("SYNOD_WEIGHTS")
                .map(|path| crate::small_file::at_home(path.as_ref()).into_owned()),
            #[cfg(feature = "embedded")]
            cache: cache(),
        }
    }

    /// What the terminal or the locale cannot show is written in ASCII from now on.
    pub(crate) fn choose_characters(&self) {
        if self.is_ascii || self.is_dumb {
            charset::use_ascii();
        }
    }

    /// Colours and logging, as the arguments and the environment ask for. A server sets up its log
    /// itself, once its configuration is read.
    pub(crate) fn set_up(&self, args: &Args) {
        if let Some(color) = args.color {
            anstream::ColorChoice::from(color).write_global();
        }
        if matches!(args.command, Command::Serve(_)) {
            return;
        }
        let by_flag = match args.verbose {
            0 => None,
            1 => Some("synod=info,synod_agents=info,synod_debate_engine=info,synod_inference=info"),
            _ => Some("debug,hyper=info,reqwest=info"),
        };
        let Some(directives) = self.log.as_deref().or(by_flag) else { return };
        log(directives, LogFormat::Human);
    }

    /// Begins the log of a server, and returns its form: on a terminal for people, else for programs.
    pub(crate) fn log_for_server(&self, format: Option<LogFormat>, verbose: u8) -> LogFormat {
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
        log(self.log.as_deref().unwrap_or(by_flag), format);
        format
    }

    /// Whether a terminal may be drawn on: it can move its cursor, and no log shares it.
    pub(crate) fn draws(&self, args: &Args) -> bool {
        !self.is_dumb && !self.logs(args)
    }

    /// Whether a log goes to stderr.
    const fn logs(&self, args: &Args) -> bool {
        args.verbose > 0 || self.log.is_some()
    }
}

/// Whether terminals in this locale are taken to show only ASCII: in that of C, and in those that
/// name another character set than UTF-8. Without a locale, as in most containers, they show UTF-8.
fn is_ascii(locale: &str) -> bool {
    let locale = locale.split('@').next().unwrap_or_default();
    match locale.split_once('.') {
        Some((_, set)) => !["utf-8", "utf8"].iter().any(|utf_8| set.eq_ignore_ascii_case(utf_8)),
        None => ["C", "POSIX"].contains(&locale),
    }
}

/// The times of the log, as those of events are written.
struct LogTime(SystemClock);

impl FormatTime for LogTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", self.0.now())
    }
}

/// Begins the log on stderr.
fn log(directives: &str, format: LogFormat) {
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

/// The variables that overrule the configuration file. What is no text cannot be one of them.
fn overrides() -> Vec<(String, String)> {
    let texts = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut overrides: Vec<_> = texts.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    overrides.sort();
    overrides
}

/// A variable that is set to something.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

#[cfg(feature = "embedded")]
fn cache() -> PathBuf {
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    base.or_else(home).unwrap_or_else(std::env::temp_dir).join("synod").join("models")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_of_another_character_set_than_utf_8_is_ascii() {
        for locale in ["C", "POSIX", "de_DE.ISO-8859-1", "de_DE.ISO-8859-15@euro"] {
            assert!(is_ascii(locale), "{locale}");
        }
        for locale in ["C.UTF-8", "en_US.utf8", "de_DE.UTF-8@euro", "en_US", "de_DE@euro"] {
            assert!(!is_ascii(locale), "{locale}");
        }
    }
}
