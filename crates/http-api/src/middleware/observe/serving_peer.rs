use std::sync::Arc;

use actix_web::dev::ServiceRequest;

use crate::peer::{Awaited, Peer};

/// The time in which the server works for a peer. When dropped, the server waits for the peer again.
pub(super) struct ServingPeer {
    peer: Option<Arc<Peer>>,
    next: Awaited,
}

impl ServingPeer {
    /// A request has arrived.
    pub(super) fn begin(request: &ServiceRequest) -> Self {
        let peer = Peer::of(request.request());
        peer.iter().for_each(|peer| peer.expect(None));
        Self { peer, next: Awaited::Head }
    }

    /// The connection ends with this response.
    pub(super) fn is_last(&mut self) {
        self.next = Awaited::End;
    }

    /// The response is complete.
    pub(super) fn sent_everything(&self) {
        self.peer.iter().for_each(|peer| peer.sent_everything());
    }
}

impl Drop for ServingPeer {
    fn drop(&mut self) {
        self.peer.iter().for_each(|peer| peer.expect(Some(self.next)));
    }
}
