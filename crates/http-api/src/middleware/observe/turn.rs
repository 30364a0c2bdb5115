use std::sync::Arc;

use actix_web::dev::ServiceRequest;

use crate::peer::{Awaited, Peer};

/// That the server is at work for a peer. When dropped, the peer has to send something again.
pub(super) struct Turn {
    peer: Option<Arc<Peer>>,
    next: Awaited,
}

impl Turn {
    /// A request has come.
    pub(super) fn begin(request: &ServiceRequest) -> Self {
        let peer = Peer::of(request.request());
        peer.iter().for_each(|peer| peer.expect(None));
        Self { peer, next: Awaited::Head }
    }

    /// The connection ends with this answer.
    pub(super) fn is_last(&mut self) {
        self.next = Awaited::End;
    }

    /// The answer is complete.
    pub(super) fn all_is_said(&self) {
        self.peer.iter().for_each(|peer| peer.all_is_said());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.peer.iter().for_each(|peer| peer.expect(Some(self.next)));
    }
}
