//! What a host refuses of a request: read from its answers, done without, and remembered.

mod adjusted;
mod asked;
mod asking;
mod call;
mod concessions;
mod json_in_words;
mod learnt;
mod reading;
mod refusing_server;
mod schema;
mod stop_filter;

pub(crate) use adjusted::{Adjusted, SentForm};
pub(crate) use asking::ask;
pub(crate) use learnt::Learnt;
pub(crate) use reading::Refusal;
pub(crate) use refusing_server::RefusingServer;

use crate::ChatError;

/// The error of the client beneath one by which a server may refuse something.
pub(crate) fn said<E: std::error::Error + 'static>(error: &ChatError) -> Option<&E> {
    let (ChatError::Refused { source, .. } | ChatError::Failed { source, .. }) = error else {
        return None;
    };
    let said: &(dyn std::error::Error + 'static) = &**source.as_ref()?;
    said.downcast_ref()
}
