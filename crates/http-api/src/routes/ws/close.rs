use actix_ws::{CloseCode, CloseReason, Closed, ProtocolError, Session};
use tokio::time::timeout;

use super::heartbeat::PATIENCE;

/// How a socket ends.
pub(super) enum SocketEnd {
    /// With a close frame of this code.
    Close(CloseCode),
    /// Without one: the client is gone.
    Gone,
}

impl SocketEnd {
    /// Sends the close frame. A client that reads nothing is not waited for longer than any other message.
    pub(super) async fn send_close(self, session: Session) {
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

/// The client has broken the protocol.
impl From<ProtocolError> for SocketEnd {
    fn from(error: ProtocolError) -> Self {
        Self::Close(match error {
            ProtocolError::Overflow => CloseCode::Size,
            ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                CloseCode::Invalid
            }
            // The error of continuations that are too large together.
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
