use std::sync::Arc;

use synod_domain::{CallMeta, CallNo, CallVoided, Event, FailureCause, VoidCause};

use crate::{CallEnd, statement, step_state::StepState};

/// A call that has ended, before the rules have read its text.
pub(crate) struct EndedCall<'a> {
    pub(crate) call: CallNo,
    pub(crate) state: &'a StepState,
    pub(crate) how: &'a CallEnd,
    pub(crate) text: &'a str,
    pub(crate) meta: CallMeta,
}

/// A reply of which a form was asked.
pub(crate) enum FormReply<T> {
    /// The reply could be read.
    Read(T),
    /// The first reply was unreadable: this event voids the call, which is repeated with the error.
    Repeat(Event),
    /// The second reply was unreadable too, for this reason.
    Unreadable(String),
    /// There is no whole reply.
    Failed(FailureCause),
}

impl EndedCall<'_> {
    /// A limit of tokens ended the reply, so that more would have followed.
    pub(crate) const fn is_cut(&self) -> bool {
        matches!(self.how, CallEnd::Replied { cut: true })
    }

    /// Reads the reply with a function that returns the error to quote in the repair.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&str) -> Result<T, String>) -> FormReply<T> {
        let read = match self.how {
            CallEnd::Replied { .. } => read(self.text),
            CallEnd::Unreadable(detail) => Err(detail.clone()),
            CallEnd::Failed(cause) => return FormReply::Failed(*cause),
        };
        match read {
            Ok(read) => FormReply::Read(read),
            Err(detail) if self.state.repair.is_none() => FormReply::Repeat(self.voided(detail)),
            Err(detail) => FormReply::Unreadable(detail),
        }
    }

    fn voided(&self, detail: String) -> Event {
        let text: Arc<str> = statement::clean_and_cut(self.text).text.into();
        let (call, cause) = (self.call, VoidCause::Invalid);
        let (detail, meta) = (Some(detail), Some(self.meta.clone()));
        Event::CallVoided(CallVoided { call, cause, detail, text, meta }.into())
    }
}
