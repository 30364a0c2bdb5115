use sha2::{Digest, Sha256};
use synod_domain::DebateId;

/// What a client calls a request, so that repeating it does not repeat its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    request: [u8; 32],
}

impl IdempotencyKey {
    /// The key a client chose, with the request it stands for as the client sent it.
    pub fn new(key: impl Into<String>, request: impl AsRef<[u8]>) -> Self {
        Self { key: key.into(), request: Sha256::digest(request).into() }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// SHA-256 of the request.
    #[must_use]
    pub const fn request(&self) -> &[u8; 32] {
        &self.request
    }
}

/// What came of [`create`](crate::EventLog::create).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The debate is new.
    New(DebateId),
    /// The same request made this debate before.
    Existing(DebateId),
}
