use synod_domain::FailureCause;

/// How a call ended, before the rules have read its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// With a whole reply.
    Whole {
        /// The limit of tokens cut it.
        cut: bool,
    },
    /// Without one. [`FailureCause::Deadline`]: then a turn keeps what had arrived.
    Failed(FailureCause),
    /// With a reply that its participant could not read; this is what is wrong with it.
    Unreadable(String),
}

impl CallEnd {
    /// Why there is no reply to read, if there is none.
    pub(crate) const fn failure(&self) -> Option<FailureCause> {
        match self {
            Self::Whole { .. } | Self::Unreadable(_) => None,
            Self::Failed(cause) => Some(*cause),
        }
    }
}
