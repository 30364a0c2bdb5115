//! What the process finds around it. Nothing else reads the environment.

use std::io;
#[cfg(feature = "embedded")]
use std::path::PathBuf;

use tracing_subscriber::EnvFilter;

use crate::args::Args;

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
    /// Proxy variables that are set, with their values.
    pub(crate) proxies: Vec<(&'static str, String)>,
    /// `TERM` names a terminal that cannot move its cursor.
    is_dumb: bool,
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
            proxies: proxies.collect(),
            is_dumb: variable("TERM").as_deref() == Some("dumb"),
            log: variable("RUST_LOG"),
            #[cfg(feature = "embedded")]
            weights: variable("SYNOD_WEIGHTS").map(PathBuf::from),
            #[cfg(feature = "embedded")]
            cache: cache(),
        }
    }

    /// Colours and logging, as the arguments and the environment ask for.
    pub(crate) fn set_up(&self, args: &Args) {
        if let Some(color) = args.color {
            anstream::ColorChoice::from(color).write_global();
        }
        let by_flag = match args.verbose {
            0 => None,
            1 => Some("synod=info,synod_agents=info,synod_debate_engine=info,synod_inference=info"),
            _ => Some("debug,hyper=info,reqwest=info"),
        };
        let Some(directives) = self.log.as_deref().or(by_flag) else { return };
        let ansi = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(directives))
            .with_writer(io::stderr)
            .with_ansi(ansi)
            .init();
    }

    /// Whether a terminal may be drawn on: it can move its cursor, and no log shares it.
    pub(crate) fn draws(&self, args: &Args) -> bool {
        !self.is_dumb && args.verbose == 0 && self.log.is_none()
    }
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
