use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use thiserror::Error;
use tokio_postgres::{Config, config::Host};

use crate::tls::TlsMode;

/// The address of a database: `postgres://user:password@host:port/database?sslmode=verify-full`.
///
/// Several hosts are separated by commas; the one that can be written to is used. `Display` and `Debug` show
/// no password.
#[derive(Clone)]
pub struct DatabaseUrl {
    config: Config,
    tls: TlsMode,
    root_certificates: Option<PathBuf>,
    shown: Arc<str>,
}

/// Errors returned by reading a [`DatabaseUrl`]. They do not show it, because it may have a password.
#[derive(Debug, Error)]
pub enum DatabaseUrlError {
    /// The scheme is another one.
    #[error("the URL of the database does not begin with postgres://")]
    Scheme,
    /// A character ends a part of the URL too early, perhaps one of the password.
    #[error(
        "the URL of the database has a `{0}` where none can be; write special characters of the password as %40 \
         for @, %2F for /, %3A for :, %3F for ?, %23 for #, or keep the password in a file"
    )]
    Unencoded(char),
    /// No host is named.
    #[error("the URL of the database names no host; write postgres://user@host/database")]
    NoHost,
    /// No database is named.
    #[error("the URL of the database names no database; write postgres://user@host/database")]
    NoDatabase,
    /// `sslmode` has another value.
    #[error("sslmode is not one of disable, prefer, require, verify-ca and verify-full")]
    SslMode,
    /// Another part cannot be read.
    #[error("the URL of the database cannot be read")]
    Invalid {
        /// The cause.
        #[source]
        source: tokio_postgres::Error,
    },
    /// The file with the password cannot be read.
    #[error("the file {} with the password of the database cannot be read", .path.display())]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file with the password has none.
    #[error("the file {} has no password in its first line", .path.display())]
    NoPassword {
        /// The file.
        path: PathBuf,
    },
}

impl DatabaseUrl {
    /// Takes the password from the first line of a file.
    ///
    /// # Errors
    /// [`DatabaseUrlError::PasswordFile`], [`DatabaseUrlError::NoPassword`].
    pub fn with_password_file(mut self, path: &Path) -> Result<Self, DatabaseUrlError> {
        let failed = |source| DatabaseUrlError::PasswordFile { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(failed)?;
        let password = text.lines().next().unwrap_or_default();
        if password.is_empty() {
            return Err(DatabaseUrlError::NoPassword { path: path.to_owned() });
        }
        self.config.password(password);
        Ok(self)
    }

    /// How the connection is encrypted (`sslmode`).
    #[must_use]
    pub const fn tls(&self) -> TlsMode {
        self.tls
    }

    /// The file with the certificates of trusted authorities (`sslrootcert`).
    #[must_use]
    pub fn root_certificates(&self) -> Option<&Path> {
        self.root_certificates.as_deref()
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    /// The URL without its password and parameters.
    pub(crate) fn shown(&self) -> Arc<str> {
        Arc::clone(&self.shown)
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(url: &str) -> Result<Self, DatabaseUrlError> {
        let (scheme, rest) = url.split_once("://").ok_or(DatabaseUrlError::Scheme)?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(DatabaseUrlError::Scheme);
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        check_characters(rest, place, query)?;
        let (mut tls, mut root_certificates) = (TlsMode::Prefer, None);
        let mut other = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", mode)) => {
                    tls = TlsMode::named(mode).ok_or(DatabaseUrlError::SslMode)?;
                }
                Some(("sslrootcert", path)) => root_certificates = Some(decoded(path)),
                Some(_) | None => other.push(parameter),
            }
        }
        let plain = format!("postgres://{place}?{}", other.join("&"));
        let mut config: Config =
            plain.parse().map_err(|source| DatabaseUrlError::Invalid { source })?;
        config.ssl_mode(tls.negotiation());
        if config.get_hosts().is_empty() {
            return Err(DatabaseUrlError::NoHost);
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(DatabaseUrlError::NoDatabase);
        }
        let shown = shown(&config).into();
        Ok(Self { config, tls, root_certificates: root_certificates.map(PathBuf::from), shown })
    }
}

/// Refuses URLs whose password was not encoded, before its parts end up in messages as something else.
fn check_characters(rest: &str, place: &str, query: &str) -> Result<(), DatabaseUrlError> {
    let unencoded = |c| Err(DatabaseUrlError::Unencoded(c));
    if rest.contains('#') {
        return unencoded('#');
    }
    if query.contains('@') {
        return unencoded('?');
    }
    let (user, hosts) = place.split_once('@').unwrap_or(("", place));
    if hosts.contains('@') {
        return unencoded('@');
    }
    if user.contains('/') {
        return unencoded('/');
    }
    if user.matches(':').count() > 1 {
        return unencoded(':');
    }
    match hosts.split_once('/') {
        Some((_, database)) if database.contains('/') => unencoded('/'),
        Some(_) | None => Ok(()),
    }
}

/// Replaces `%2F` and the like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| byte == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn shown(config: &Config) -> String {
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(index, host)| {
        let name = match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        };
        let port = ports.get(index).or(ports.first());
        port.map_or(name.clone(), |port| format!("{name}:{port}"))
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    format!("postgres://{user}{hosts}/{}", config.get_dbname().unwrap_or_default())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DatabaseUrl").field(&self.shown).finish()
    }
}

#[cfg(test)]
mod tests;
