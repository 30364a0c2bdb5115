use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use synod_http_transport::Body;

use crate::error::{ServerReport, is_page};
use crate::ndjson::{LineTooLong, Lines};
use crate::transport::interrupted;
use crate::{Error, Result, Retryable};

/// How long to wait, after the last line, for the end of the body that frees the connection.
const END_OF_BODY: Duration = Duration::from_millis(100);

/// An answer that comes in pieces.
///
/// It ends after the answer's last piece, or with one error. Nothing is read ahead of the reader.
/// Dropping it before its end closes the connection, and the server stops generating.
#[must_use = "dropping the stream cancels the call"]
pub struct ReplyStream<R> {
    stage: Stage,
    /// Whether a line was understood.
    begun: bool,
    /// Whether the caller has some of the answer.
    delivered: bool,
    /// Whether the answer is complete if the body ends.
    finished: bool,
    record: PhantomData<fn() -> R>,
}

enum Stage {
    Open {
        body: Body,
        lines: Lines,
    },
    /// The last line was seen; only the end of the body is awaited.
    Closing(Body),
    Ended,
}

/// One piece of an answer: a line of the body.
pub trait Record: Sized {
    #[doc(hidden)]
    fn read(line: &[u8]) -> std::result::Result<Reading<Self>, Misread>;

    /// Whether this is a part of the answer, so that making the call again could contradict it.
    #[doc(hidden)]
    fn is_output(&self) -> bool;

    /// Whether the answer is complete if the body ends after this, though no last line comes.
    #[doc(hidden)]
    fn finishes(&self) -> bool {
        false
    }
}

/// What a line is.
#[doc(hidden)]
#[derive(Debug)]
pub enum Reading<R> {
    Next(R),
    /// A piece, and the answer is complete.
    Last(R),
    /// The answer is complete.
    End,
    /// A line that says nothing.
    Nothing,
}

/// Why a line is no record.
#[doc(hidden)]
#[derive(Debug)]
pub struct Misread(pub(crate) Fault);

#[derive(Debug)]
pub(crate) enum Fault {
    Reported(ServerReport),
    NotJson(serde_json::Error),
    /// JSON, and none of the record's fields.
    Unknown,
}

impl From<Fault> for Misread {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl From<serde_json::Error> for Misread {
    fn from(error: serde_json::Error) -> Self {
        Self(Fault::NotJson(error))
    }
}

impl<R: Record> ReplyStream<R> {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            stage: Stage::Open { body, lines: Lines::default() },
            begun: false,
            delivered: false,
            finished: false,
            record: PhantomData,
        }
    }

    /// The next piece, or none after the last; [`Stream`] without its imports.
    pub async fn next(&mut self) -> Option<Result<R>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next piece of an open answer; none when its last line says nothing more.
    fn poll_record(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<R>>> {
        loop {
            let Stage::Open { body, lines } = &mut self.stage else {
                return Poll::Ready(None);
            };
            let (line, is_whole) = match lines.next_line() {
                Ok(Some(line)) => (line, true),
                Err(LineTooLong) => {
                    let error = Error::protocol("a line of more than 16 MiB", b"");
                    return Poll::Ready(Some(Err(error.with_status(200))));
                }
                Ok(None) => match ready!(body.poll_piece(cx)) {
                    Some(Ok(piece)) => {
                        lines.push(piece);
                        continue;
                    }
                    Some(Err(interruption)) => {
                        return Poll::Ready(Some(Err(interrupted(interruption, self.delivered))));
                    }
                    None => match lines.rest() {
                        Some(rest) => (rest, false),
                        None if self.finished => {
                            self.stage = Stage::Ended;
                            return Poll::Ready(None);
                        }
                        None => return Poll::Ready(Some(Err(self.truncated()))),
                    },
                },
            };
            match R::read(&line) {
                Ok(Reading::Nothing) => {}
                Ok(Reading::Next(record)) => {
                    self.begun = true;
                    self.delivered |= record.is_output();
                    self.finished |= record.finishes();
                    return Poll::Ready(Some(Ok(record)));
                }
                Ok(Reading::Last(record)) => {
                    self.close(cx);
                    return Poll::Ready(Some(Ok(record)));
                }
                Ok(Reading::End) => {
                    self.close(cx);
                    return Poll::Ready(None);
                }
                Err(Misread(fault)) => {
                    return Poll::Ready(Some(Err(self.misread(fault, &line, is_whole))));
                }
            }
        }
    }

    /// The last line was seen: usually the end of the body is here as well.
    fn close(&mut self, cx: &mut Context<'_>) {
        if let Stage::Open { mut body, .. } = std::mem::replace(&mut self.stage, Stage::Ended) {
            body.expect_end(END_OF_BODY);
            if !ended(&mut body, cx) {
                self.stage = Stage::Closing(body);
            }
        }
    }

    fn truncated(&self) -> Error {
        let retryable = if self.delivered { Retryable::ByCaller } else { Retryable::Yes };
        Error::truncated(retryable).with_status(200)
    }

    fn misread(&self, fault: Fault, line: &Bytes, is_whole: bool) -> Error {
        match fault {
            Fault::Reported(report) => Error::in_stream(report, self.delivered),
            Fault::NotJson(error) if !self.begun && is_page(line) => {
                Error::protocol("a web page", line).with_status(200).with_source(error)
            }
            // The body ended within a line.
            Fault::NotJson(error) if !is_whole && (self.begun || error.is_eof()) => {
                self.truncated().with_source(error)
            }
            Fault::NotJson(error) => {
                Error::protocol("not a line of JSON", line).with_status(200).with_source(error)
            }
            Fault::Unknown => Error::protocol("an unknown kind of line", line).with_status(200),
        }
    }
}

/// Reads what is there; whether that was the end, or the connection is of no more use.
fn ended(body: &mut Body, cx: &mut Context<'_>) -> bool {
    const STRAY_PIECES: usize = 16;
    for _ in 0..STRAY_PIECES {
        match body.poll_piece(cx) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(_)) | None) => return true,
            Poll::Pending => return false,
        }
    }
    true
}

impl<R: Record> Stream for ReplyStream<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.stage {
                Stage::Open { .. } => match ready!(self.poll_record(cx)) {
                    Some(Ok(record)) => return Poll::Ready(Some(Ok(record))),
                    Some(Err(error)) => {
                        // The connection goes with the body, though the caller may keep the stream.
                        self.stage = Stage::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => {}
                },
                Stage::Closing(body) => {
                    if !ended(body, cx) {
                        return Poll::Pending;
                    }
                    self.stage = Stage::Ended;
                }
                Stage::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl<R> fmt::Debug for ReplyStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream").field("delivered", &self.delivered).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
