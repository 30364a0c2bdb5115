use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::task::coop::poll_proceed;
use tokio::time::{Instant, Sleep};

use crate::failure::Failure;
use crate::limits::{TimeLimit, TimeLimits};

/// The maximum size of a piece, in bytes: with tokio's budget of 128 it bounds what one poll can read.
const MAX_PIECE: usize = 16 * 1024;

/// The body of a response, as it arrives, under the limits of the call.
///
/// Each piece counts against tokio's cooperative budget, so that a server that sends without pause
/// cannot keep the reader from seeing its clocks.
///
/// Dropping the body before its end closes the connection, which makes a model server stop.
pub struct Body {
    pieces: BoxStream<'static, Result<Bytes, Failure>>,
    /// The rest of the last piece.
    rest: Bytes,
    clock: Clock,
}

impl Body {
    /// Creates a body of these pieces, for a call that started at `started`.
    #[must_use]
    pub fn new(
        pieces: BoxStream<'static, Result<Bytes, Failure>>,
        limits: &TimeLimits,
        started: Instant,
    ) -> Self {
        let deadline = limits.total.map(|total| started + total);
        Self {
            pieces,
            rest: Bytes::new(),
            clock: Clock { idle: limits.idle, deadline, waiting_since: None, alarm: None },
        }
    }

    /// Returns the next piece, or `None` at the proper end.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        if self.clock.is_past_deadline() {
            return Poll::Ready(Some(Err(Failure::TimedOut { limit: TimeLimit::Total })));
        }
        let budget = ready!(poll_proceed(cx));
        match self.poll_arrived(cx) {
            Poll::Ready(piece) => {
                budget.made_progress();
                self.clock.waiting_since = None;
                Poll::Ready(piece)
            }
            Poll::Pending => {
                let limit = ready!(self.clock.poll_limit(cx));
                Poll::Ready(Some(Err(Failure::TimedOut { limit })))
            }
        }
    }

    fn poll_arrived(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        if self.rest.is_empty() {
            match ready!(self.pieces.poll_next_unpin(cx)) {
                Some(Ok(piece)) => self.rest = piece,
                end @ (Some(Err(_)) | None) => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(MAX_PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }

    /// Returns the next piece, or `None` at the proper end.
    pub async fn piece(&mut self) -> Option<Result<Bytes, Failure>> {
        std::future::poll_fn(|cx| self.poll_piece(cx)).await
    }

    /// Reads to the end, or at most `most` bytes.
    ///
    /// # Errors
    /// [`Failure`] if the body breaks off.
    pub async fn read(&mut self, most: usize) -> Result<Vec<u8>, Failure> {
        let mut read = Vec::new();
        while let Some(piece) = self.piece().await {
            let piece = piece?;
            read.extend_from_slice(&piece[..piece.len().min(most - read.len())]);
            if read.len() == most {
                break;
            }
        }
        Ok(read)
    }

    /// Returns the time that is left of the whole call's limit.
    #[must_use]
    pub fn time_left(&self) -> Option<std::time::Duration> {
        let deadline = self.clock.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// Limits the time that is left for the body to end.
    pub fn expect_end(&mut self, within: std::time::Duration) {
        let due = Instant::now() + within;
        self.clock.deadline = Some(self.clock.deadline.map_or(due, |deadline| deadline.min(due)));
        self.clock.alarm = None;
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// Measures how long the caller waits. Time that the caller spends elsewhere does not count as idle.
struct Clock {
    idle: Option<std::time::Duration>,
    deadline: Option<Instant>,
    waiting_since: Option<Instant>,
    /// Set for the next limit or earlier: it is reset only when it fires, not for every piece.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    fn is_past_deadline(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn poll_limit(&mut self, cx: &mut Context<'_>) -> Poll<TimeLimit> {
        let waiting_since = *self.waiting_since.get_or_insert_with(Instant::now);
        let idle = self.idle.map(|idle| waiting_since + idle);
        let (due, limit) = match (idle, self.deadline) {
            (Some(idle), Some(deadline)) if idle < deadline => (idle, TimeLimit::Idle),
            (_, Some(deadline)) => (deadline, TimeLimit::Total),
            (Some(idle), None) => (idle, TimeLimit::Idle),
            (None, None) => return Poll::Pending,
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        while alarm.as_mut().poll(cx).is_ready() {
            if alarm.deadline() >= due {
                return Poll::Ready(limit);
            }
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::stream;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Pieces that come one second apart, without end.
    fn ticking(limits: TimeLimits) -> Body {
        let pieces = stream::unfold((), |()| async {
            tokio::time::sleep(SECOND).await;
            Some((Ok(Bytes::from_static(b"x")), ()))
        });
        Body::new(pieces.boxed(), &limits, Instant::now())
    }

    async fn limit_after(body: &mut Body) -> (u32, TimeLimit) {
        let mut pieces = 0;
        loop {
            match body.piece().await {
                Some(Ok(_)) => pieces += 1,
                Some(Err(Failure::TimedOut { limit })) => return (pieces, limit),
                other => panic!("{other:?}"),
            }
        }
    }

    fn limits(idle: Option<Duration>, total: Option<Duration>) -> TimeLimits {
        TimeLimits { first_byte: None, idle, total }
    }

    #[tokio::test(start_paused = true)]
    async fn pieces_in_time_never_make_it_idle() {
        let mut body = ticking(limits(Some(SECOND * 3 / 2), Some(SECOND * 100)));
        assert_eq!(limit_after(&mut body).await, (99, TimeLimit::Total));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_is_idle() {
        let mut body = ticking(limits(Some(SECOND / 2), None));
        assert_eq!(limit_after(&mut body).await, (0, TimeLimit::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_does_not_make_the_server_idle() {
        let mut body = ticking(limits(Some(SECOND * 3 / 2), None));
        for _ in 0..3 {
            assert!(matches!(body.piece().await, Some(Ok(_))));
            tokio::time::sleep(SECOND * 60).await;
        }
    }

    #[tokio::test]
    async fn a_flood_leaves_room_for_other_tasks_and_is_read_in_small_pieces() {
        let flood = stream::repeat_with(|| Ok(Bytes::from(vec![b'x'; 1024 * 1024])));
        let mut body = Body::new(flood.boxed(), &limits(None, None), Instant::now());
        let reading = tokio::spawn(async move {
            while let Some(Ok(piece)) = body.piece().await {
                assert!(piece.len() <= MAX_PIECE, "{}", piece.len());
            }
        });
        tokio::task::yield_now().await;
        reading.abort();
        assert!(reading.await.unwrap_err().is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_does_not_outrun_the_whole_calls_limit() {
        let flood = stream::repeat_with(|| Ok(Bytes::from_static(b"x")));
        let mut body = Body::new(flood.boxed(), &limits(None, Some(SECOND)), Instant::now());
        assert!(matches!(body.piece().await, Some(Ok(_))));
        tokio::time::advance(SECOND).await;
        assert_eq!(limit_after(&mut body).await, (0, TimeLimit::Total));
    }
}
