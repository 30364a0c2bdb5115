//! The other end of a connection.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
    time::Duration,
};

use actix_web::HttpRequest;
use tokio::time::Instant;

/// The minimum rate at which a peer must send a body or read a response, in bytes per second.
pub(crate) const LEAST_RATE: u32 = 1_024;

/// The state of the other end of a connection: what the server waits for, and since when.
///
/// It is shared by the stream of the connection, which reports reads and writes, and the requests on it.
/// Only connections of our own [`ApiServer`](crate::ApiServer) have one.
#[derive(Debug)]
pub(crate) struct Peer(Mutex<State>);

#[derive(Debug)]
struct State {
    expects: Option<(Awaited, Instant)>,
    unwritten: Option<Unwritten>,
    has_sent_close: bool,
    nothing_more: bool,
    dismissed: bool,
    /// The task that serves the connection.
    waker: Option<Waker>,
}

/// What the server waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The head of a request; the first one or, on a connection that is kept, a further one.
    Head,
    /// More of a request's body.
    Body,
    /// Nothing: the response is written, and the connection ends.
    End,
}

/// Bytes that the peer has not read yet.
#[derive(Clone, Copy, Debug)]
struct Unwritten {
    since: Instant,
    /// Bytes that were read since.
    taken: u64,
}

/// Time limits for peers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerTimeouts {
    /// For the head of a request, from the end of the one before.
    pub(crate) head: Duration,
    /// For the peer to notice the end of the connection.
    pub(crate) end: Duration,
    /// For the peer to read bytes at [`LEAST_RATE`].
    pub(crate) write: Duration,
}

impl Peer {
    /// Returns the state of a new connection.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            expects: Some((Awaited::Head, Instant::now())),
            unwritten: None,
            has_sent_close: false,
            nothing_more: false,
            dismissed: false,
            waker: None,
        })))
    }

    /// Returns the peer that sent a request; `None` if the connection belongs to another server than ours.
    pub(crate) fn of(request: &HttpRequest) -> Option<Arc<Self>> {
        request.conn_data::<Arc<Self>>().cloned()
    }

    /// Sets what the server waits for; `None`: nothing, since it is working.
    pub(crate) fn expect(&self, expected: Option<Awaited>) {
        self.state().expects = expected.map(|expected| (expected, Instant::now()));
    }

    /// The peer has sent a close frame, which is about to be answered.
    pub(crate) fn sent_close(&self) {
        self.state().has_sent_close = true;
    }

    /// Everything is sent to the peer. After both close frames of a socket the server closes the connection
    /// first, and clients wait for it (RFC 6455 §7.1.1). actix-http treats an upgraded connection as a request
    /// that is not read completely, and waits a second for the rest, unless reads end.
    pub(crate) fn sent_everything(&self) {
        let mut state = self.state();
        if state.has_sent_close {
            state.nothing_more = true;
            state.wake();
        }
    }

    /// Ends the connection.
    pub(crate) fn dismiss(&self) {
        let mut state = self.state();
        state.dismissed = true;
        state.wake();
    }

    /// Returns since when the server waits for the peer.
    pub(crate) fn waited_for_since(&self) -> Option<Instant> {
        let state = self.state();
        let times = [state.expects.map(|(_, since)| since), state.unwritten.map(|u| u.since)];
        times.into_iter().flatten().min()
    }

    /// Ends the connection if the server has waited too long.
    pub(crate) fn dismiss_if_slow(&self, timeouts: &PeerTimeouts) {
        let mut state = self.state();
        if state.is_slow(timeouts) {
            state.dismissed = true;
            state.wake();
        }
    }
}

/// The side of the connection's stream.
impl Peer {
    /// Whether the connection may still be used.
    ///
    /// # Errors
    /// If the connection was ended.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.state().dismissed { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

    /// Whether the stream may read.
    ///
    /// # Errors
    /// If the connection was ended.
    pub(crate) fn may_read(&self, context: &Context<'_>) -> io::Result<bool> {
        let mut state = self.state();
        if state.dismissed {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if !state.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            state.waker = Some(context.waker().clone());
        }
        Ok(!state.nothing_more)
    }

    /// The peer reads nothing now.
    pub(crate) fn takes_nothing(&self) {
        let begin = || Unwritten { since: Instant::now(), taken: 0 };
        self.state().unwritten.get_or_insert_with(begin);
    }

    /// The peer has read `bytes` of the bytes that were offered.
    pub(crate) fn took(&self, bytes: usize, of: usize) {
        let mut state = self.state();
        if bytes >= of {
            state.unwritten = None;
        } else if let Some(unwritten) = &mut state.unwritten {
            unwritten.taken += bytes as u64;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_slow(&mut self, timeouts: &PeerTimeouts) -> bool {
        let is_late = self.expects.is_some_and(|(expected, since)| match expected {
            Awaited::Head => since.elapsed() >= timeouts.head,
            Awaited::End => since.elapsed() >= timeouts.end,
            // The reader of the body measures its rate.
            Awaited::Body => false,
        });
        let takes_too_little = self.unwritten.as_mut().is_some_and(|unwritten| {
            if unwritten.since.elapsed() < timeouts.write {
                return false;
            }
            let least = u64::from(LEAST_RATE) * timeouts.write.as_secs().max(1);
            let too_little = unwritten.taken < least;
            *unwritten = Unwritten { since: Instant::now(), taken: 0 };
            too_little
        });
        is_late || takes_too_little
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUTS: PeerTimeouts = PeerTimeouts {
        head: Duration::from_secs(20),
        end: Duration::from_secs(1),
        write: Duration::from_secs(30),
    };

    /// Whether the connection is ended after that time.
    async fn is_dismissed_after(peer: &Peer, seconds: u64) -> bool {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        peer.dismiss_if_slow(&TIMEOUTS);
        peer.check().is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn heads_and_ends_have_time_limits_and_handlers_have_none() {
        let peer = Peer::new();
        assert!(!is_dismissed_after(&peer, 19).await);
        peer.expect(None);
        assert!(!is_dismissed_after(&peer, 3_600).await, "the server was at work");
        peer.expect(Some(Awaited::Head));
        assert!(!is_dismissed_after(&peer, 19).await);
        assert!(is_dismissed_after(&peer, 1).await);
        let leaving = Peer::new();
        leaving.expect(Some(Awaited::End));
        assert!(is_dismissed_after(&leaving, 1).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_too_slowly_is_disconnected() {
        let peer = Peer::new();
        peer.expect(None);
        let least = 30 * LEAST_RATE as usize;
        peer.takes_nothing();
        assert!(!is_dismissed_after(&peer, 29).await);
        peer.took(least, least * 10);
        assert!(!is_dismissed_after(&peer, 1).await, "it took enough");
        peer.took(least - 1, least * 10);
        assert!(is_dismissed_after(&peer, 30).await);
        let patient = Peer::new();
        patient.expect(None);
        patient.takes_nothing();
        patient.took(10, 10);
        assert!(!is_dismissed_after(&patient, 3_600).await, "nothing waits to be written");
    }
}
