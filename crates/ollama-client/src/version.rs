use std::fmt;

use serde::Deserialize;

/// The version of a server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServerVersion {
    version: String,
}

impl ServerVersion {
    /// Returns the text, such as `0.32.15` or `0.33.0-rc2`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.version
    }

    /// Returns major, minor and patch; `None` if the text does not begin with three numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<(u32, u32, u32)> {
        let release = self.version.trim_start_matches('v').split(['-', '+']).next()?;
        let mut parts = release.split('.').map(|part| part.parse().ok());
        let numbers = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(numbers)
    }

    /// Returns whether the version is at least a release; `None` if it is unknown. A source build
    /// reports `0.0.0`.
    #[must_use]
    pub fn at_least(&self, major: u32, minor: u32, patch: u32) -> Option<bool> {
        self.numbers().filter(|&n| n != (0, 0, 0)).map(|n| n >= (major, minor, patch))
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ServerVersion {
        ServerVersion { version: text.to_owned() }
    }

    #[test]
    fn a_release_candidate_counts_as_its_release() {
        assert_eq!(version("0.33.0-rc2").numbers(), Some((0, 33, 0)));
        assert_eq!(version("0.12.10").at_least(0, 12, 6), Some(true));
        assert_eq!(version("0.9.6").at_least(0, 12, 6), Some(false));
    }

    #[test]
    fn a_version_without_numbers_is_unknown() {
        for text in ["0.0.0", "dev", "", "1.2", "1.2.3.4"] {
            assert_eq!(version(text).at_least(0, 1, 0), None, "{text}");
        }
    }
}
