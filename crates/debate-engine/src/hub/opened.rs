use crate::DebateHandle;

/// The result of [`open_once`](crate::DebateHub::open_once).
#[derive(Clone, Debug)]
pub enum Opened {
    /// The debate is new.
    New(DebateHandle),
    /// The same request opened this debate before.
    Existing(DebateHandle),
}

impl Opened {
    /// The debate.
    #[must_use]
    pub const fn handle(&self) -> &DebateHandle {
        match self {
            Self::New(handle) | Self::Existing(handle) => handle,
        }
    }
}
