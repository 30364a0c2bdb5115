use actix_ws::{CloseCode, CloseReason, Closed, ProtocolError, Session};
use tokio::time::timeout;

use super::heartbeat::PATIENCE;

/// How a conversation ends.
pub(super) enum SocketEnd {
    /// We say why.
    Close(CloseCode),
    /// The peer is gone.
    Gone,
}

impl SocketEnd {
    /// Sends the close frame, without waiting for a peer that reads nothing.
    pub(super) async fn tell(self, session: Session) {
        if let Self::Close(code) = self {
            drop(timeout(PATIENCE, session.close(Some(CloseReason::from(code)))).await);
        }
    }
}

impl From<Closed> for SocketEnd {
    fn from(Closed: Closed) -> Self {
        Self::Gone
    }
}

/// The peer has said what no socket may.
impl From<ProtocolError> for SocketEnd {
    fn from(error: ProtocolError) -> Self {
        Self::Close(match error {
            ProtocolError::Overflow => CloseCode::Size,
            ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                CloseCode::Invalid
            }
            // Of continuations, those that are too large together come so.
            ProtocolError::Io(_) => CloseCode::Size,
            ProtocolError::UnmaskedFrame
            | ProtocolError::MaskedFrame
            | ProtocolError::InvalidOpcode(_)
            | ProtocolError::InvalidLength(_)
            | ProtocolError::BadOpCode
            | ProtocolError::ContinuationNotStarted
            | ProtocolError::ContinuationStarted
            | ProtocolError::ContinuationFragment(_) => CloseCode::Protocol,
        })
    }
}
