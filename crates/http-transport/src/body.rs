use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, Sleep};

use crate::failure::Failure;
use crate::limits::{Limits, TimeLimit};

/// The body of a response, as it arrives, under the limits of the call.
///
/// Dropping the body before its end closes the connection, which makes a model server stop.
pub struct Body {
    pieces: BoxStream<'static, Result<Bytes, Failure>>,
    clock: Clock,
}

impl Body {
    /// Creates a body of these pieces, for a call that started at `started`.
    #[must_use]
    pub fn new(
        pieces: BoxStream<'static, Result<Bytes, Failure>>,
        limits: &Limits,
        started: Instant,
    ) -> Self {
        let deadline = limits.total.map(|total| started + total);
        Self {
            pieces,
            clock: Clock { idle: limits.idle, deadline, waiting_since: None, alarm: None },
        }
    }

    /// Returns the next piece, or `None` at the proper end.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        if self.clock.is_past_deadline() {
            return Poll::Ready(Some(Err(Failure::TimedOut { limit: TimeLimit::Total })));
        }
        match self.pieces.poll_next_unpin(cx) {
            Poll::Ready(piece) => {
                self.clock.waiting_since = None;
                Poll::Ready(piece)
            }
            Poll::Pending => {
                let limit = ready!(self.clock.poll_limit(cx));
                Poll::Ready(Some(Err(Failure::TimedOut { limit })))
            }
        }
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
    fn ticking(limits: Limits) -> Body {
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

    fn limits(idle: Option<Duration>, total: Option<Duration>) -> Limits {
        Limits { first_byte: None, idle, total }
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

    #[tokio::test(start_paused = true)]
    async fn a_flood_does_not_outrun_the_whole_calls_limit() {
        let flood = stream::repeat_with(|| Ok(Bytes::from_static(b"x")));
        let mut body = Body::new(flood.boxed(), &limits(None, Some(SECOND)), Instant::now());
        assert!(matches!(body.piece().await, Some(Ok(_))));
        tokio::time::advance(SECOND).await;
        assert_eq!(limit_after(&mut body).await, (0, TimeLimit::Total));
    }
}
