//! The environment variables of the process. No other module reads them.

use std::{ffi::OsString, path::PathBuf};

/// The prefix of the variables that override the configuration file.
pub(crate) const PREFIX: &str = "SYNOD__";

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
    /// Variables with the same prefix that are not UTF-8.
    pub(crate) not_unicode: Vec<String>,
    /// Proxy variables that are set, with their values.
    pub(crate) proxies: Vec<(&'static str, String)>,
    /// `_CLAP_COMPLETE_INDEX`: the index of the word that a shell completes, from 0.
    pub(crate) completed_word: Option<usize>,
    /// `RUST_LOG`.
    pub(crate) rust_log: Option<String>,
    /// The directory for data that is not configured: systemd's `STATE_DIRECTORY`, or `synod` in the
    /// user's directory for the data of programs.
    pub(crate) data: Option<PathBuf>,
    /// Whether `TERM` names a terminal that cannot move its cursor.
    pub(crate) is_dumb: bool,
    /// Whether the character set of the locale is not Unicode.
    is_ascii: bool,
    /// `SYNOD_WEIGHTS`: the user's own weights for the embedded model.
    #[cfg(feature = "embedded")]
    pub(crate) weights: Option<PathBuf>,
    /// The folder of fetched weights.
    #[cfg(feature = "embedded")]
    pub(crate) cache: PathBuf,
}

impl Environment {
    pub(crate) fn read() -> Self {
        let proxies = PROXIES.into_iter().filter_map(|name| Some((name, variable(name)?)));
        let (overrides, not_unicode) = overrides();
        Self {
            ollama_host: variable("OLLAMA_HOST"),
            overrides,
            not_unicode,
            proxies: proxies.collect(),
            completed_word: variable("_CLAP_COMPLETE_INDEX").and_then(|n| n.parse().ok()),
            rust_log: variable("RUST_LOG"),
            data: data(),
            is_dumb: variable("TERM").as_deref() == Some("dumb"),
            is_ascii: ["LC_ALL", "LC_CTYPE", "LANG"]
                .into_iter()
                .find_map(variable)
                .is_some_and(|locale| is_ascii(&locale)),
            #[cfg(feature = "embedded")]
            weights: path("SYNOD_WEIGHTS")
                .map(|path| crate::bounded_read::expand_tilde(&path).into_owned()),
            #[cfg(feature = "embedded")]
            cache: cache(),
        }
    }

    /// Whether the locale or the terminal shows only ASCII.
    pub(crate) const fn needs_ascii(&self) -> bool {
        self.is_ascii || self.is_dumb
    }
}

/// Whether terminals in this locale are assumed to show only ASCII: in the locale `C`, and in those that
/// name another character set than UTF-8. Without a locale, as in most containers, they show UTF-8.
fn is_ascii(locale: &str) -> bool {
    let locale = locale.split('@').next().unwrap_or_default();
    match locale.split_once('.') {
        Some((_, set)) => !["utf-8", "utf8"].iter().any(|utf_8| set.eq_ignore_ascii_case(utf_8)),
        None => ["C", "POSIX"].contains(&locale),
    }
}

/// The variables that override the configuration file, and the names of those that are not UTF-8.
fn overrides() -> (Vec<(String, String)>, Vec<String>) {
    let (mut overrides, mut not_unicode) = (Vec::new(), Vec::new());
    for (name, value) in std::env::vars_os() {
        if !name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => overrides.push((name, value)),
            (Ok(name), Err(_)) => not_unicode.push(name),
            (Err(name), _) => not_unicode.push(name.to_string_lossy().into_owned()),
        }
    }
    overrides.sort();
    not_unicode.sort();
    (overrides, not_unicode)
}

/// The value of a variable, unless it is blank. What is not UTF-8 is replaced, so that its value is refused rather than
/// taken for missing.
fn variable(name: &str) -> Option<String> {
    Some(value(name)?.to_string_lossy().into_owned())
}

/// The path in a variable, unless it is blank. A path need not be UTF-8.
fn path(name: &str) -> Option<PathBuf> {
    value(name).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn value(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.to_string_lossy().trim().is_empty())
}

fn data() -> Option<PathBuf> {
    // A unit may have several of them, separated by colons.
    let of_unit = value("STATE_DIRECTORY").and_then(|paths| std::env::split_paths(&paths).next());
    let of_user = || {
        let base = if cfg!(windows) { "LOCALAPPDATA" } else { "XDG_DATA_HOME" };
        // The specification has relative paths ignored.
        let base = path(base).filter(|base| base.is_absolute());
        let home = || Some(std::env::home_dir()?.join(".local").join("share"));
        Some(base.or_else(home)?.join("synod"))
    };
    of_unit.or_else(of_user)
}

#[cfg(feature = "embedded")]
fn cache() -> PathBuf {
    let base = path("XDG_CACHE_HOME");
    let home = || path("HOME").map(|home| home.join(".cache"));
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
