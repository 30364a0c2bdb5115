use synod_domain::DebateId;

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Debates checked.
    pub debates: u64,
    /// Debates in the store.
    pub of: u64,
    /// Events checked.
    pub events: u64,
}

/// The result of [`verify`](crate::SqliteStore::verify).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Debates checked.
    pub debates: u64,
    /// Events checked.
    pub events: u64,
    /// What is wrong; empty if nothing is.
    pub damage: Vec<Damage>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }
}

/// A part of the store that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The debate, if it is known.
    pub debate: Option<DebateId>,
    /// What is wrong.
    pub what: String,
}
