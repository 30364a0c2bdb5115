//! The body of a request while it arrives.

mod body_budget;
mod pace;

use std::{
    cell::{Cell, RefCell},
    io,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use actix_web::{
    HttpMessage, HttpRequest,
    dev::{Payload, ServiceRequest},
    error::PayloadError,
    web::Bytes,
};
use futures_util::Stream;
use tokio::time::{Sleep, sleep_until};

use crate::{
    RequestLimits,
    peer::{Awaited, Peer},
};
pub(crate) use body_budget::BodyBudget;
use body_budget::Taken;
use pace::Pace;

/// The maximum number of bytes of an unwanted body that are read to keep the connection.
const MOST_UNWANTED: usize = 64 << 10;

/// A request's body, which must arrive at a minimum rate. Clones share their state.
#[derive(Clone)]
pub(crate) struct Incoming(Option<Rc<Body>>);

struct Body {
    payload: RefCell<Payload>,
    peer: Option<Arc<Peer>>,
    pace: Cell<Pace>,
    taken: Taken,
    is_whole: Cell<bool>,
    has_no_limit: Cell<bool>,
}

/// The stream that a route reads.
struct Reading {
    body: Rc<Body>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    /// Measures the body of a request: its rate, and the memory of all bodies together.
    pub(crate) fn measure(
        request: &mut ServiceRequest,
        limits: &RequestLimits,
        room: &BodyBudget,
    ) -> Self {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return Self(None);
        }
        let body = Rc::new(Body {
            payload: RefCell::new(payload),
            peer: Peer::of(request.request()),
            pace: Cell::new(Pace::begin(limits.body_time)),
            taken: room.taken(),
            is_whole: Cell::new(false),
            has_no_limit: Cell::new(false),
        });
        let reading = Reading { body: Rc::clone(&body), timer: None };
        request.set_payload(Payload::Stream { payload: Box::pin(reading) });
        let incoming = Self(Some(body));
        request.extensions_mut().insert(incoming.clone());
        incoming
    }

    /// Lifts the limits: this is the stream of a socket, not a body.
    pub(crate) fn has_no_limit(request: &HttpRequest) {
        if let Some(Self(Some(body))) = request.extensions().get() {
            body.has_no_limit.set(true);
        }
    }

    /// Whether a part of the body is missing. A small part that has arrived is read.
    pub(crate) fn is_left_unread(&self) -> bool {
        let Some(body) = &self.0 else { return false };
        if body.has_no_limit.get() {
            return true;
        }
        let mut context = Context::from_waker(Waker::noop());
        let mut unwanted = 0;
        while !body.is_whole.get() && unwanted <= MOST_UNWANTED {
            match body.poll(&mut context) {
                Poll::Ready(Some(Ok(bytes))) => unwanted += bytes.len(),
                Poll::Ready(Some(Err(_)) | None) | Poll::Pending => break,
            }
        }
        !body.is_whole.get()
    }
}

impl Body {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let polled = Pin::new(&mut *self.payload.borrow_mut()).poll_next(context);
        match &polled {
            Poll::Ready(Some(Ok(bytes))) if !self.has_no_limit.get() => {
                let mut pace = self.pace.get();
                pace.came(bytes.len());
                self.pace.set(pace);
                if !self.taken.take(bytes.len()) {
                    let full = io::Error::from(io::ErrorKind::QuotaExceeded);
                    return Poll::Ready(Some(Err(PayloadError::Io(full))));
                }
            }
            Poll::Ready(Some(_)) | Poll::Pending => {}
            Poll::Ready(None) => self.is_whole.set(true),
        }
        polled
    }

    fn expect(&self, expected: Option<Awaited>) {
        if let Some(peer) = &self.peer {
            peer.expect(expected);
        }
    }
}

impl Stream for Reading {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let Self { body, timer } = &mut *self;
        let polled = body.poll(context);
        if body.has_no_limit.get() {
            return polled;
        }
        match &polled {
            // Once the server has waited for a body, the peer is expected to send until it is complete.
            Poll::Ready(Some(Ok(_))) => return polled,
            Poll::Ready(Some(Err(_)) | None) => {
                if timer.is_some() {
                    body.expect(None);
                }
                return polled;
            }
            Poll::Pending => {}
        }
        let timer = timer.get_or_insert_with(|| {
            body.expect(Some(Awaited::Body));
            Box::pin(sleep_until(body.pace.get().judged_at()))
        });
        loop {
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            let mut pace = body.pace.get();
            if pace.is_too_slow() {
                let late = io::Error::from(io::ErrorKind::TimedOut);
                return Poll::Ready(Some(Err(PayloadError::Io(late))));
            }
            body.pace.set(pace);
            timer.as_mut().reset(pace.judged_at());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::{http::StatusCode, test::TestRequest};
    use futures_util::{StreamExt, stream};

    use super::*;
    use crate::peer::LEAST_RATE;

    const LIMITS: RequestLimits = RequestLimits {
        body: 1 << 20,
        body_time: Duration::from_secs(10),
        json_depth: 64,
        frame: 1 << 16,
    };

    /// A body that arrives at this rate in bytes per second, and how reading it ends.
    async fn sent(bytes: usize, seconds: usize) -> (usize, Option<StatusCode>) {
        let pieces = stream::unfold(0, move |second| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            (second < seconds).then(|| (Ok(Bytes::from(vec![b'x'; bytes])), second + 1))
        });
        let mut request = TestRequest::post().to_srv_request();
        request.set_payload(Payload::Stream { payload: Box::pin(pieces) });
        let incoming = Incoming::measure(&mut request, &LIMITS, &BodyBudget::of(&LIMITS));
        let mut payload = request.take_payload();
        let mut received = 0;
        while let Some(piece) = payload.next().await {
            match piece {
                Ok(piece) => received += piece.len(),
                Err(error) => {
                    assert!(incoming.is_left_unread());
                    let status = actix_web::ResponseError::status_code(&error);
                    return (received, Some(status));
                }
            }
        }
        assert!(!incoming.is_left_unread());
        (received, None)
    }

    #[tokio::test(start_paused = true)]
    async fn only_bodies_below_the_minimum_rate_time_out() {
        let rate = LEAST_RATE as usize;
        assert_eq!(sent(rate, 600).await, (rate * 600, None));
        assert_eq!(sent(1, 9).await, (9, None), "what is small has its time too");
        let (received, failed) = sent(1, 600).await;
        assert!((8..=10).contains(&received) && failed.is_some(), "{received} {failed:?}");
        let (received, failed) = sent(rate / 2, 600).await;
        assert!(received < rate * 11 && failed.is_some(), "{received} {failed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn received_bytes_are_drained_and_missing_ones_left_unread() {
        let measured = |payload: &'static [u8], rest: bool| {
            let come = stream::iter([Ok(Bytes::from_static(payload))]);
            let pieces =
                if rest { come.chain(stream::pending()).boxed_local() } else { come.boxed_local() };
            let mut request = TestRequest::post().to_srv_request();
            request.set_payload(Payload::Stream { payload: pieces });
            Incoming::measure(&mut request, &LIMITS, &BodyBudget::of(&LIMITS)).is_left_unread()
        };
        assert!(!measured(b"all of it", false));
        assert!(measured(b"some of it", true));
        let mut none = TestRequest::get().to_srv_request();
        assert!(!Incoming::measure(&mut none, &LIMITS, &BodyBudget::of(&LIMITS)).is_left_unread());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_start_buys_no_further_time() {
        let much = stream::iter([Ok(Bytes::from(vec![b'x'; 1 << 20]))]).chain(stream::pending());
        let mut request = TestRequest::post().to_srv_request();
        request.set_payload(Payload::Stream { payload: much.boxed_local() });
        let _incoming = Incoming::measure(&mut request, &LIMITS, &BodyBudget::of(&LIMITS));
        let mut payload = request.take_payload();
        assert!(payload.next().await.is_some_and(|piece| piece.is_ok()));
        let began = tokio::time::Instant::now();
        assert!(payload.next().await.is_some_and(|piece| piece.is_err()));
        assert!(began.elapsed() <= Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn all_bodies_together_stay_within_the_budget() {
        let room = BodyBudget::of(&LIMITS);
        let mut kept = Vec::new();
        loop {
            let piece = stream::iter([Ok(Bytes::from(vec![b'x'; 1 << 20]))]);
            let mut request = TestRequest::post().to_srv_request();
            request.set_payload(Payload::Stream { payload: piece.boxed_local() });
            let incoming = Incoming::measure(&mut request, &LIMITS, &room);
            let read = request.take_payload().next().await;
            if read.is_some_and(|piece| piece.is_err()) {
                break;
            }
            kept.push((request, incoming));
        }
        assert_eq!(kept.len(), 64);
        kept.clear();
        assert!(room.taken().take(64 << 20), "what was given back can be taken");
    }
}
