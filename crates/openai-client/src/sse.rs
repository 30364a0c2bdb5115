use bytes::Bytes;

/// The longest line, and the most data of one event.
pub(crate) const MAX_EVENT: usize = 1024 * 1024;

/// The byte order mark, which may precede the first line.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A line, or an event of several, grew beyond [`MAX_EVENT`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLong;

/// An event that has data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) data: Vec<u8>,
    /// It is named `error`, or its data stands in the field `error`.
    pub(crate) is_error: bool,
}

/// What a body is, as its first byte shows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    Unknown,
    Events,
    /// One JSON object, in place of events.
    Object,
}

/// Cuts a body into server-sent events, by bytes, whatever pieces it comes in.
///
/// Lines end with CR, LF or CRLF. An event is the data of its lines, joined by LF; comments and
/// fields that carry no data say nothing. The field `error`, in which old llama.cpp servers report
/// a failure, counts as data. A body that begins with `{` is one event as a whole.
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
    /// The event whose end has not come reports an error.
    is_error: bool,
    kind: Kind,
}

impl Events {
    /// Adds the next piece. All events of the one before must have been taken.
    pub(crate) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "events of the piece before are lost");
        self.piece = piece;
    }

    /// Takes the data of the next event that is complete and has some.
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>, EventTooLong> {
        loop {
            self.look();
            if self.kind == Kind::Object {
                check(self.line.len() + self.piece.len())?;
                self.line.extend_from_slice(&self.piece);
                self.piece.clear();
                return Ok(None);
            }
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
    pub(crate) fn rest(&mut self) -> Result<Option<Event>, EventTooLong> {
        let line = std::mem::take(&mut self.line);
        if self.kind == Kind::Object {
            return Ok(Some(Event { data: line, is_error: false }));
        }
        if !line.is_empty() {
            self.take_line(&line)?;
        }
        Ok(self.take_event())
    }

    /// Something other than white space has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.kind != Kind::Unknown
    }

    /// The body is one JSON object.
    pub(crate) fn is_object(&self) -> bool {
        self.kind == Kind::Object
    }

    /// Looks at the first byte of the body that is no white space and no byte order mark.
    fn look(&mut self) {
        if self.kind == Kind::Unknown {
            let is_space = |byte: &u8| byte.is_ascii_whitespace() || MARK.contains(byte);
            self.kind = match self.piece.iter().find(|byte| !is_space(byte)) {
                None => Kind::Unknown,
                Some(b'{') => {
                    self.line.clear();
                    let begin = self.piece.iter().position(|&byte| byte == b'{');
                    let _ = self.piece.split_to(begin.unwrap_or_default());
                    Kind::Object
                }
                Some(_) => Kind::Events,
            };
        }
    }

    fn take_event(&mut self) -> Option<Event> {
        let is_error = std::mem::take(&mut self.is_error);
        self.data.take().filter(|data| !data.is_empty()).map(|data| Event { data, is_error })
    }

    /// Reads a line; the event that it ends, if it does.
    fn take_line(&mut self, line: &[u8]) -> Result<Option<Event>, EventTooLong> {
        let first = !std::mem::replace(&mut self.begun, true);
        let line = if first { line.strip_prefix(MARK).unwrap_or(line) } else { line };
        if line.is_empty() {
            return Ok(self.take_event());
        }
        let (field, value) = match memchr::memchr(b':', line) {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        self.is_error |= field == b"error" || field == b"event" && value == b"error";
        if matches!(field, b"data" | b"error") {
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
