use synod_domain::FailureCause;

/// How a call ended, before the rules have read its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// With a whole reply.
    Whole {
        /// The limit of tokens cut it.
        cut: bool,
    },
    /// Without a whole reply. After [`FailureCause::Deadline`] a turn keeps the text that had arrived.
    Failed(FailureCause),
    /// With a reply that its participant could not read, for this reason.
    Unreadable(String),
}

impl CallEnd {
    /// The cause, if there is no reply to read.
    pub(crate) const fn failure(&self) -> Option<FailureCause> {
        match self {
            Self::Whole { .. } | Self::Unreadable(_) => None,
            Self::Failed(cause) => Some(*cause),
        }
    }
}
