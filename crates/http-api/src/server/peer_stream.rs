use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{connections::Open, peer_list::ListedPeer};
use crate::peer::Peer;

/// A connection that can be ended while the protocol above it waits.
pub(super) struct PeerStream {
    stream: TcpStream,
    peer: Arc<Peer>,
    _member: ListedPeer,
    _open: Option<Open>,
}

impl PeerStream {
    pub(super) fn new(stream: TcpStream, member: ListedPeer, open: Option<Open>) -> Self {
        Self { stream, peer: Arc::clone(member.peer()), _member: member, _open: open }
    }

    pub(super) fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }
}

impl AsyncRead for PeerStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.peer.may_read(context)? {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for PeerStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.peer.check()?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        match &written {
            Poll::Ready(Ok(written)) => self.peer.took(*written, bytes.len()),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.peer.takes_nothing(),
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.peer.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
