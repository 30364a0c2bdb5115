use bytes::Bytes;

/// The longest line, and the most data of one event.
pub(crate) const MAX_EVENT: usize = 1024 * 1024;

/// A line, or an event of several, grew beyond [`MAX_EVENT`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLong;

/// Cuts a body into server-sent events, by bytes, whatever pieces it comes in.
///
/// Lines end with CR, LF or CRLF. An event is the data of its lines, joined by LF; comments and
/// fields that carry no data say nothing. The field `error`, in which old llama.cpp servers report
/// a failure, counts as data.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// What is left of the last piece.
    piece: Bytes,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// Data of an event whose end has not come.
    data: Option<Vec<u8>>,
    /// The last byte was CR: an LF that follows belongs to it.
    after_cr: bool,
    /// Whether the first line has been seen: a byte order mark may precede it.
    begun: bool,
}

impl Events {
    /// Adds the next piece. All events of the one before must have been taken.
    pub(crate) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "events of the piece before are lost");
        self.piece = piece;
    }

    /// Takes the data of the next event that is complete and has some.
    pub(crate) fn next_event(&mut self) -> Result<Option<Vec<u8>>, EventTooLong> {
        loop {
            // The LF may be the first byte of the next piece.
            let Some(&first) = self.piece.first() else { return Ok(None) };
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                let _ = self.piece.split_to(1);
                continue;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', &self.piece) else {
                check(self.line.len() + self.piece.len())?;
                self.line.extend_from_slice(&self.piece);
                self.piece.clear();
                return Ok(None);
            };
            check(self.line.len() + end)?;
            let ended = self.piece.split_to(end + 1);
            self.after_cr = ended[end] == b'\r';
            self.line.extend_from_slice(&ended[..end]);
            let line = std::mem::take(&mut self.line);
            if let Some(event) = self.take_line(&line)? {
                return Ok(Some(event));
            }
        }
    }

    /// At the end of the body: an event whose blank line did not come. Servers forget it.
    pub(crate) fn rest(&mut self) -> Result<Option<Vec<u8>>, EventTooLong> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line)?;
        }
        Ok(self.data.take())
    }

    /// Reads a line; the event that it ends, if it does.
    fn take_line(&mut self, line: &[u8]) -> Result<Option<Vec<u8>>, EventTooLong> {
        let mark: &[u8] = b"\xEF\xBB\xBF";
        let first = !std::mem::replace(&mut self.begun, true);
        let line = if first { line.strip_prefix(mark).unwrap_or(line) } else { line };
        if line.is_empty() {
            return Ok(self.data.take().filter(|data| !data.is_empty()));
        }
        let (field, value) = match memchr::memchr(b':', line) {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        if matches!(field, b"data" | b"error") {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match &mut self.data {
                None => self.data = Some(value.to_vec()),
                Some(data) => {
                    check(data.len() + 1 + value.len())?;
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
            }
        }
        Ok(None)
    }
}

fn check(length: usize) -> Result<(), EventTooLong> {
    if length > MAX_EVENT { Err(EventTooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
