use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::Timestamp;

use crate::path_prefix::Published;

/// The links under which a debate can be read without a key.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateShares {
    /// The links, oldest first
    pub(crate) shares: Vec<DebateShare>,
}

/// A link under which a debate can be read without a key.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateShare {
    /// Its token
    token: String,
    /// The path of the page that shows the debate
    path: String,
    /// When it was made
    created_at: Timestamp,
}

impl DebateShare {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn new(token: String, created_at: Timestamp, published: &Published) -> Self {
        let path = published.path(&format!("/share/{token}"));
        Self { token, path, created_at }
    }
}
