use std::{
    io::{BufRead, Read},
    sync::Arc,
};

use serde::de::DeserializeOwned;

use super::{
    DebateHeader, EventLine, ExportError, ExportHeader, ExportedDebate, LineProblem, json,
};
use crate::{ChainHash, EventId};

/// Maximum bytes of a line: larger than any event with its id and hash.
const MAX_LINE_BYTES: u64 = 4 << 20;
/// How many events to make room for before they are read: the header of a file may say anything.
const MAX_RESERVED: usize = 1_024;

/// Reads the debates of an export one after the other, and checks each line.
#[derive(Debug)]
pub struct ExportReader<R> {
    input: R,
    header: ExportHeader,
    /// The number of the last line that was read.
    line: u64,
    event_lines: Vec<u64>,
    read: u64,
    is_done: bool,
}

impl<R: BufRead> ExportReader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// [`ExportError`] if this is not an export, or one in a later format.
    pub fn new(input: R) -> Result<Self, ExportError> {
        let header = ExportHeader { synod_export: 0, written_by: String::new(), debates: 0 };
        let event_lines = Vec::new();
        let mut reader = Self { input, header, line: 0, event_lines, read: 0, is_done: false };
        let line = reader.next_line()?.ok_or_else(|| reader.error(LineProblem::NotAnExport))?;
        let header: ExportHeader =
            serde_json::from_slice(&line).map_err(|_| reader.error(LineProblem::NotAnExport))?;
        if header.synod_export == 0 || header.synod_export > ExportHeader::VERSION {
            let (found, written_by) = (header.synod_export, header.written_by);
            return Err(reader.error(LineProblem::NewerFormat { found, written_by }));
        }
        reader.header = header;
        Ok(reader)
    }

    /// The first line.
    pub const fn header(&self) -> &ExportHeader {
        &self.header
    }

    /// The numbers of the lines, from 1, with the events of the last debate that was read.
    pub fn event_lines(&self) -> &[u64] {
        &self.event_lines
    }

    fn next_debate(&mut self) -> Result<Option<ExportedDebate>, ExportError> {
        let ExportHeader { debates, .. } = self.header;
        if self.read == debates {
            return match self.next_line()? {
                None => Ok(None),
                Some(_) => Err(self.error(LineProblem::TooMany { debates })),
            };
        }
        let missing = || format!("{} more debates", debates - self.read);
        let header: DebateHeader = self.parsed("the header of a debate", missing())?;
        let id = header.debate_id;
        let most = usize::try_from(header.events).unwrap_or(usize::MAX);
        let mut events = Vec::with_capacity(most.min(MAX_RESERVED));
        let mut chain = ChainHash::start(id);
        self.event_lines.clear();
        for expected in 1..=header.events {
            let missing = format!("{} more events of debate {id}", header.events + 1 - expected);
            let line: EventLine = self.parsed("an event with its id and hash", missing)?;
            let (found, seq) = (line.event.debate_id, line.event.seq);
            if found != id {
                return Err(self.error(LineProblem::OtherDebate { found, expected: id }));
            }
            if seq != expected {
                return Err(self.error(LineProblem::Sequence { found: seq, expected }));
            }
            let event_id = EventId::from_uuid(line.event_id);
            chain = chain.next(event_id, &json(&line.event));
            if chain.to_string() != line.chain {
                return Err(self.error(LineProblem::Hash { seq }));
            }
            events.push((event_id, Arc::clone(&line.event)));
            self.event_lines.push(self.line);
        }
        if events.is_empty() || chain.to_string() != header.chain {
            return Err(self.error(LineProblem::HeaderHash { id }));
        }
        self.read += 1;
        Ok(Some(ExportedDebate { id, grade: header.grade, events }))
    }

    /// Parses the next line, which must be there and whole.
    fn parsed<T: DeserializeOwned>(
        &mut self,
        expected: &'static str,
        missing: String,
    ) -> Result<T, ExportError> {
        let Some(line) = self.next_line()? else {
            return Err(self.error(LineProblem::Truncated { missing }));
        };
        serde_json::from_slice(&line).map_err(|error| {
            // The last line of a truncated file has no line break.
            if error.is_eof() && !line.ends_with(b"\n") {
                return self.error(LineProblem::Truncated { missing });
            }
            let text = error.to_string();
            let detail = text.split(" at line ").next().unwrap_or_default().to_owned();
            self.error(LineProblem::Malformed { expected, detail })
        })
    }

    /// Reads the next line that is not blank, with its line break.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        loop {
            let mut line = Vec::new();
            self.line += 1;
            let mut limited = (&mut self.input).take(MAX_LINE_BYTES);
            let read = limited.read_until(b'\n', &mut line);
            match read.map_err(|error| self.error(LineProblem::Read(Arc::new(error))))? {
                0 => return Ok(None),
                n if n as u64 == MAX_LINE_BYTES => {
                    return Err(self.error(LineProblem::TooLong { most: MAX_LINE_BYTES }));
                }
                _ if line.trim_ascii().is_empty() => {}
                _ => return Ok(Some(line)),
            }
        }
    }

    const fn error(&self, problem: LineProblem) -> ExportError {
        ExportError { line: self.line, problem }
    }
}

impl<R: BufRead> Iterator for ExportReader<R> {
    type Item = Result<ExportedDebate, ExportError>;

    /// The next debate; nothing after an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let next = self.next_debate().transpose();
        self.is_done = !matches!(next, Some(Ok(_)));
        next
    }
}
