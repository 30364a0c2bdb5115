use synod_domain::FailureCause;

/// How a call ended, before the rules have read its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// With a reply, to its end or to the limit of tokens.
    Replied {
        /// The limit of tokens ended it.
        cut: bool,
    },
    /// With a failure. After [`FailureCause::Deadline`] a turn keeps the text that had arrived.
    Failed(FailureCause),
    /// With a reply that its participant could not read, for this reason.
    Unreadable(String),
}

impl CallEnd {
    /// The cause, if there is no reply to read.
    pub(crate) const fn failure(&self) -> Option<FailureCause> {
        match self {
            Self::Replied { .. } | Self::Unreadable(_) => None,
            Self::Failed(cause) => Some(*cause),
        }
    }
}
