use std::marker::PhantomData;

use bytes::Bytes;
use synod_http_transport::{ReplyReader, Step, is_page};

use crate::error::{Error, Result, ServerReport, in_stream};
use crate::ndjson::{LineTooLong, Lines};
use crate::protocol::Ollama;

/// Reads the pieces of a reply from lines of JSON.
#[derive(Debug)]
pub struct LineReader<R> {
    lines: Lines,
    /// A line was understood.
    begun: bool,
    has_output: bool,
    record: PhantomData<fn() -> R>,
}

/// A piece of a reply: a line of the body.
pub trait Record: Sized + Unpin {
    /// The whole reply.
    type Reply: Default;

    /// Reads a line.
    fn read(line: &[u8]) -> std::result::Result<Reading<Self>, Misread>;

    /// Returns whether the piece has output, which a repeated call could contradict.
    fn is_output(&self) -> bool;

    /// Adds the piece to the reply.
    fn gather(self, reply: &mut Self::Reply);

    /// Returns the text of an interrupted reply.
    fn text(reply: Self::Reply) -> String;
}

/// The content of a line.
#[derive(Debug)]
pub enum Reading<R> {
    /// A piece.
    Next(R),
    /// The last piece.
    Last(R),
    /// Empty JSON.
    Nothing,
}

/// Why a line is not a record.
#[derive(Debug)]
pub struct Misread(pub(crate) Fault);

#[derive(Debug)]
pub(crate) enum Fault {
    Reported(ServerReport),
    NotJson(serde_json::Error),
    /// JSON without a field of the record.
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

impl<R> Default for LineReader<R> {
    fn default() -> Self {
        let lines = Lines::default();
        Self { lines, begun: false, has_output: false, record: PhantomData }
    }
}

impl<R: Record> LineReader<R> {
    /// Reads a line; `None` if it is empty JSON. `is_whole`: the line has its end.
    fn read(&mut self, line: &Bytes, is_whole: bool) -> Option<Step<Self>> {
        match R::read(line) {
            Ok(Reading::Nothing) => None,
            Ok(Reading::Next(record)) => {
                self.begun = true;
                self.has_output |= record.is_output();
                Some(Step::Piece(record))
            }
            Ok(Reading::Last(record)) => Some(Step::Last(record)),
            Err(Misread(fault)) => Some(Step::Failed(self.misread(fault, line, is_whole))),
        }
    }

    fn misread(&self, fault: Fault, line: &Bytes, is_whole: bool) -> Error {
        match fault {
            Fault::Reported(report) => in_stream(report, self.has_output),
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

    fn truncated(&self) -> Error {
        Error::truncated(self.has_output, "the reply ended before its last line")
    }
}

impl<R: Record> ReplyReader for LineReader<R> {
    type Protocol = Ollama;
    type Piece = R;
    type Reply = R::Reply;

    fn push(&mut self, bytes: Bytes) -> Result<()> {
        self.lines.push(bytes);
        Ok(())
    }

    fn step(&mut self) -> Option<Step<Self>> {
        loop {
            let line = match self.lines.next_line() {
                Ok(line) => line?,
                Err(LineTooLong) => {
                    let error = Error::protocol("a line of more than 16 MiB", b"");
                    return Some(Step::Failed(error.with_status(200)));
                }
            };
            if let Some(step) = self.read(&line, true) {
                return Some(step);
            }
        }
    }

    fn finish(&mut self) -> Step<Self> {
        let last = self.lines.rest().and_then(|line| self.read(&line, false));
        last.unwrap_or_else(|| Step::Failed(self.truncated()))
    }

    fn has_output(&self) -> bool {
        self.has_output
    }

    fn gather(reply: &mut R::Reply, piece: R) {
        piece.gather(reply);
    }

    fn text(reply: R::Reply) -> String {
        R::text(reply)
    }
}

#[cfg(test)]
mod tests;
