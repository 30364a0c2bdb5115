use sha2::{Digest, Sha256};
use synod_domain::DebateId;

/// A client's key for a request, which makes repeating the request safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    request: [u8; 32],
}

impl IdempotencyKey {
    /// Creates a key from the one that the client chose and the request as it was sent.
    pub fn new(key: impl Into<String>, request: impl AsRef<[u8]>) -> Self {
        Self { key: key.into(), request: Sha256::digest(request).into() }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The SHA-256 hash of the request.
    #[must_use]
    pub const fn request(&self) -> &[u8; 32] {
        &self.request
    }
}

/// The result of [`create`](crate::EventLog::create).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The debate is new.
    New(DebateId),
    /// The same request created this debate before.
    Existing(DebateId),
}
