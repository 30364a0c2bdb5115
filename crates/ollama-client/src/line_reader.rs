use std::marker::PhantomData;

use bytes::Bytes;
use serde_json::Value;
use synod_http_transport::{HalfJoiner, ReadStep, ReplyReader, is_page, mended_json};

use crate::error::{Error, Result, ServerReport, in_stream};
use crate::ndjson::{LineTooLong, Lines};
use crate::protocol::Ollama;

/// The byte order mark, which may precede a line.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The maximum size of a line that is read leniently, in bytes: it is parsed into a tree.
const MAX_LENIENT: usize = 1024 * 1024;

/// Reads the pieces of a reply from lines of JSON. Lines without a piece are skipped.
#[derive(Debug)]
pub struct LineReader<R> {
    lines: Lines,
    /// A line was understood.
    begun: bool,
    has_output: bool,
    /// The first line that was skipped.
    skipped: Option<Bytes>,
    /// For each of the texts of a piece.
    joiners: [HalfJoiner; 2],
    record: PhantomData<fn() -> R>,
}

/// A piece of a reply: a line of the body.
pub trait Record: Sized + Unpin {
    /// The whole reply.
    type Reply: Default;

    /// Reads a line.
    fn read(line: &[u8]) -> std::result::Result<Self, Misread>;

    /// Returns whether the reply ends with this piece.
    fn is_last(&self) -> bool;

    /// Returns the texts of the piece, in which halves of characters are joined.
    fn texts(&mut self) -> impl Iterator<Item = &mut String>;

    /// Returns whether the piece has output, which a repeated call could contradict.
    fn is_output(&self) -> bool;

    /// Adds the piece to the reply.
    fn gather(self, reply: &mut Self::Reply);

    /// Returns the text of an interrupted reply.
    fn text(reply: Self::Reply) -> String;
}

/// Why a line is not a record.
#[derive(Debug)]
pub struct Misread(pub(crate) LineError);

#[derive(Debug)]
pub(crate) enum LineError {
    Reported(ServerReport),
    NotJson(serde_json::Error),
    /// JSON without a field of the record.
    Unknown,
}

impl From<LineError> for Misread {
    fn from(fault: LineError) -> Self {
        Self(fault)
    }
}

impl From<serde_json::Error> for Misread {
    fn from(error: serde_json::Error) -> Self {
        Self(LineError::NotJson(error))
    }
}

impl<R> Default for LineReader<R> {
    fn default() -> Self {
        let lines = Lines::default();
        Self {
            lines,
            begun: false,
            has_output: false,
            skipped: None,
            joiners: Default::default(),
            record: PhantomData,
        }
    }
}

impl<R: Record> LineReader<R> {
    /// Reads a line; `None` if it has no piece. `is_whole`: the line has its end.
    fn read(&mut self, line: &Bytes, is_whole: bool) -> Option<ReadStep<Self>> {
        let text = line.strip_prefix(MARK).unwrap_or(line);
        let (mut reading, mut is_mended) = (R::read(text), false);
        if let Err(Misread(LineError::NotJson(_))) = &reading
            && let Some(lenient) = read_leniently(text)
        {
            (reading, is_mended) = lenient;
        }
        match reading {
            Ok(mut record) => {
                self.begun = true;
                let is_last = record.is_last();
                let join = if is_last { HalfJoiner::join_last } else { HalfJoiner::join };
                for (joiner, text) in self.joiners.iter_mut().zip(record.texts()) {
                    *text = join(joiner, std::mem::take(text), is_mended);
                }
                self.has_output |= record.is_output();
                Some(if is_last { ReadStep::Last(record) } else { ReadStep::Piece(record) })
            }
            Err(Misread(LineError::Unknown)) => {
                self.skipped.get_or_insert_with(|| Bytes::copy_from_slice(line));
                None
            }
            Err(Misread(fault)) => Some(ReadStep::Failed(self.misread(fault, line, is_whole))),
        }
    }

    fn misread(&self, fault: LineError, line: &Bytes, is_whole: bool) -> Error {
        match fault {
            LineError::Reported(report) => in_stream(report, self.has_output),
            LineError::NotJson(error) if !self.begun && is_page(line) => {
                Error::protocol("a web page", line).with_status(200).with_source(error)
            }
            // The body ended within a line.
            LineError::NotJson(error) if !is_whole && (self.begun || error.is_eof()) => {
                self.truncated().with_source(error)
            }
            LineError::NotJson(error) => {
                Error::protocol("not a line of JSON", line).with_status(200).with_source(error)
            }
            LineError::Unknown => Error::protocol("an unknown kind of line", line).with_status(200),
        }
    }

    fn truncated(&self) -> Error {
        if let Some(line) = self.skipped.as_ref().filter(|_| !self.begun) {
            return Error::protocol("an unknown kind of line", line).with_status(200);
        }
        Error::truncated(self.has_output, "the reply ended before its last line")
    }
}

/// Reads a line that has a key twice, halves of characters, or bytes that are not UTF-8; `None` if
/// it is still not JSON. Of a key that comes twice, the last value counts, as for Ollama's own
/// client. The second value is whether the line was mended for a [`HalfJoiner`].
fn read_leniently<R: Record>(line: &[u8]) -> Option<(std::result::Result<R, Misread>, bool)> {
    if line.len() > MAX_LENIENT {
        return None;
    }
    let mended = mended_json(line);
    let fields: Value =
        serde_json::from_slice(mended.as_ref().map_or(line, String::as_bytes)).ok()?;
    let reading = if fields.is_object() {
        R::read(fields.to_string().as_bytes())
    } else {
        Err(LineError::Unknown.into())
    };
    Some((reading, mended.is_some()))
}

impl<R: Record> ReplyReader for LineReader<R> {
    type Protocol = Ollama;
    type Piece = R;
    type Reply = R::Reply;

    fn push(&mut self, bytes: Bytes) -> Result<()> {
        self.lines.push(bytes);
        Ok(())
    }

    fn step(&mut self) -> Option<ReadStep<Self>> {
        loop {
            let line = match self.lines.next_line() {
                Ok(line) => line?,
                Err(LineTooLong) => {
                    let error = Error::protocol("a line of more than 16 MiB", b"");
                    return Some(ReadStep::Failed(error.with_status(200)));
                }
            };
            if let Some(step) = self.read(&line, true) {
                return Some(step);
            }
        }
    }

    fn finish(&mut self) -> ReadStep<Self> {
        let rest = self.lines.rest();
        if rest.is_none() && !self.begun && self.skipped.is_none() {
            return ReadStep::Failed(Error::truncated(false, "it has no content"));
        }
        let last = rest.and_then(|line| self.read(&line, false));
        last.unwrap_or_else(|| ReadStep::Failed(self.truncated()))
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
