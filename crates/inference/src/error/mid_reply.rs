//! Failures after some output. Hosts that have sent status 200 report them in place of the next piece.

use std::sync::Arc;

use synod_domain::HostName;

use super::{ChatError, is_page, words_of_host};

impl ChatError {
    /// This failure of a call that has brought no output, had it brought some.
    pub(crate) fn in_mid_reply(self, host: &HostName) -> Self {
        let cause = match self {
            Self::SharedContextFull { host, model, detail, source, begun: _ } => {
                return Self::SharedContextFull { host, model, detail, begun: true, source };
            }
            // The page of a proxy whose server is away: a wrong address brings no output.
            Self::Refused { host, source: Some(source), .. } if is_page(&*source) => {
                Self::Unreachable { host, source }
            }
            cause @ (Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::OutputLimit { .. }
            | Self::Busy { .. }
            | Self::ModelNotFound { .. }
            | Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Overloaded { .. }
            | Self::Loading { .. }
            | Self::Crashed { .. }
            | Self::Filtered { .. }
            | Self::Declined { .. }
            | Self::NoHostReady { .. }
            | Self::Failed { .. }
            | Self::NoReply { .. }
            | Self::AllHostsFailed { .. }
            | Self::AllThought { .. }
            | Self::Interrupted { .. }) => cause,
        };
        let detail = cause.words_of_host().map_or_else(|| cause.to_string(), str::to_owned);
        Self::Interrupted { host: host.clone(), detail, source: Some(Arc::new(cause)) }
    }

    /// The words of the host for this failure, if it said any.
    fn words_of_host(&self) -> Option<&str> {
        let source = match self {
            Self::Unreachable { source, .. } => Some(source),
            Self::Refused { source, .. }
            | Self::Overloaded { source, .. }
            | Self::Loading { source, .. }
            | Self::Crashed { source, .. }
            | Self::SharedContextFull { source, .. }
            | Self::Failed { source, .. }
            | Self::Interrupted { source, .. } => source.as_ref(),
            Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::OutputLimit { .. }
            | Self::Busy { .. }
            | Self::ModelNotFound { .. }
            | Self::Filtered { .. }
            | Self::Declined { .. }
            | Self::NoHostReady { .. }
            | Self::NoReply { .. }
            | Self::AllHostsFailed { .. }
            | Self::AllThought { .. } => None,
        };
        source.and_then(|source| words_of_host(&**source))
    }
}
