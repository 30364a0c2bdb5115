use std::mem;

use crate::{ChatRequest, RequestFactory};

/// What a call asks, for as long as it may have to ask it again.
pub(super) enum PreparedRequest {
    Written(Box<ChatRequest>),
    /// It has been sent, and is written again if need be.
    Sent(RequestFactory),
}

impl PreparedRequest {
    pub(super) fn new(request: ChatRequest) -> Self {
        Self::Written(Box::new(request))
    }

    /// The request for one attempt. What can be written again is given away, not kept.
    pub(super) fn attempt(&mut self) -> ChatRequest {
        let factory = match self {
            Self::Sent(factory) => factory.clone(),
            Self::Written(request) => match &request.factory {
                Some(factory) => factory.clone(),
                None => return ChatRequest::clone(request),
            },
        };
        mem::replace(self, Self::Sent(factory)).into_request()
    }

    /// The request, for another call.
    pub(super) fn into_request(self) -> ChatRequest {
        match self {
            Self::Written(request) => *request,
            Self::Sent(factory) => ChatRequest { factory: Some(factory.clone()), ..factory.make() },
        }
    }

    /// There is no other attempt.
    pub(super) fn forget(&mut self) {
        if let Self::Written(request) = self {
            request.messages = Vec::new();
        }
    }

    /// It can still be asked: it was not forgotten, or can be written again.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Written(request) => !request.messages.is_empty(),
            Self::Sent(_) => true,
        }
    }
}
