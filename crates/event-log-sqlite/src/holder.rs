use std::{fmt, path::Path};

/// A process that uses a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The id of the process.
    pub pid: u32,
    /// The name of its machine, or of its container.
    pub host: String,
    /// Why it holds the directory, such as `use`, `upgrade` or `restore`.
    pub purpose: String,
    /// The version of Synod it runs.
    pub version: String,
}

impl Holder {
    /// The purpose of a process that reads or writes debates.
    pub(crate) const USE: &str = "use";

    /// This process.
    pub(crate) fn this(purpose: &str) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { pid: std::process::id(), host, purpose: purpose.to_owned(), version }
    }

    /// One line of a lock file.
    pub(crate) fn line(&self) -> String {
        let Self { pid, host, purpose, version } = self;
        format!("pid={pid} host={host} purpose={purpose} version={version}\n")
    }

    /// Reads the line of a lock file.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let field = |name: &str| {
            let mut words = line.split_ascii_whitespace();
            words.find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        let pid = field("pid")?.parse().ok()?;
        Some(Self {
            pid,
            host: field("host")?,
            purpose: field("purpose")?,
            version: field("version")?,
        })
    }

    /// Reads a lock file.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(path).ok()?)
    }

    /// As in a message; they may be unknown.
    pub(crate) fn list(holders: &[Self]) -> String {
        if holders.is_empty() {
            return "another process".to_owned();
        }
        holders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, host, purpose, version } = self;
        let purpose = if purpose == Self::USE { String::new() } else { format!("{purpose}, ") };
        write!(f, "process {pid} on {host} ({purpose}Synod {version})")
    }
}
