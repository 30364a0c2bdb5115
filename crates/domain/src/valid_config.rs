use std::ops::Deref;

use crate::{DebateConfig, InvalidConfig};

/// A configuration that keeps its bounds and whose fields fit together. Made by
/// [`DebateConfig::validate`], and read as the configuration that it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidConfig(DebateConfig);

impl DebateConfig {
    /// Checks every bound, and every rule that joins several fields.
    ///
    /// # Errors
    /// [`InvalidConfig`] lists all problems, in field order.
    pub fn validate(self) -> Result<ValidConfig, InvalidConfig> {
        self.check()?;
        Ok(ValidConfig(self))
    }
}

impl ValidConfig {
    /// The configuration, to be changed.
    #[must_use]
    pub fn into_inner(self) -> DebateConfig {
        self.0
    }
}

impl Deref for ValidConfig {
    type Target = DebateConfig;

    fn deref(&self) -> &DebateConfig {
        &self.0
    }
}
