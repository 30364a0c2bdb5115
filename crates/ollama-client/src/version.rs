use std::fmt;

use serde::Deserialize;

/// A server's version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServerVersion {
    version: String,
}

impl ServerVersion {
    /// The text, such as `0.32.15` or `0.33.0-rc2`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.version
    }

    /// Major, minor and patch; none when the text does not begin with three numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<(u32, u32, u32)> {
        let release = self.version.trim_start_matches('v').split(['-', '+']).next()?;
        let mut parts = release.split('.').map(|part| part.parse().ok());
        let numbers = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(numbers)
    }

    /// Whether the server has what came with a release. None when it does not tell: a source build
    /// says `0.0.0`.
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
    fn a_candidate_counts_as_its_release() {
        assert_eq!(version("0.33.0-rc2").numbers(), Some((0, 33, 0)));
        assert_eq!(version("0.12.10").at_least(0, 12, 6), Some(true));
        assert_eq!(version("0.9.6").at_least(0, 12, 6), Some(false));
    }

    #[test]
    fn a_version_that_says_nothing_is_unknown() {
        for text in ["0.0.0", "dev", "", "1.2", "1.2.3.4"] {
            assert_eq!(version(text).at_least(0, 1, 0), None, "{text}");
        }
    }
}
