use bytes::Bytes;

/// The maximum size of a line, and of the data of an event, in bytes.
pub(crate) const MAX_EVENT: usize = 1024 * 1024;

/// The bytes of the byte order mark, which may precede the first line.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A line, or an event of several, grew beyond [`MAX_EVENT`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLong;

/// An event that has data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SseEvent {
    pub(crate) data: Vec<u8>,
    /// The event is named `error`, or its data is in the field `error`.
    pub(crate) is_error: bool,
}

/// The format of a body, which its first byte shows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    Unknown,
    Events,
    /// One JSON object, in place of events.
    Object,
}

/// Splits a body into server-sent events, independently of how it was cut in transit.
///
/// Lines end with CR, LF or CRLF. An event is the data of its lines, joined by LF; comments and other
/// fields are ignored. Objects in consecutive data lines are events of their own. The field `error`, in which old llama.cpp servers report a failure, counts as
/// data. A body that begins with `{` is one event as a whole.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// The rest of the last piece.
    piece: Bytes,
    /// The beginning of an incomplete line.
    line: Vec<u8>,
    /// The data of an incomplete event.
    data: Option<Vec<u8>>,
    /// The last byte was CR: a following LF belongs to the same line end.
    after_cr: bool,
    /// The incomplete event reports an error.
    is_error: bool,
    kind: Kind,
}

impl Events {
    /// Adds the next piece. All events of the previous piece must have been taken.
    pub(crate) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "events of the previous piece are lost");
        self.piece = piece;
    }

    /// Takes the next complete event that has data.
    pub(crate) fn next_event(&mut self) -> Result<Option<SseEvent>, EventTooLong> {
        self.detect();
        loop {
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

    /// Takes the last event at the end of the body: servers forget its blank line.
    pub(crate) fn rest(&mut self) -> Result<Option<SseEvent>, EventTooLong> {
        let line = std::mem::take(&mut self.line);
        if self.kind == Kind::Object {
            return Ok(Some(SseEvent { data: line, is_error: false }));
        }
        if !line.is_empty()
            && let Some(event) = self.take_line(&line)?
        {
            return Ok(Some(event));
        }
        Ok(self.take_event())
    }

    /// Returns whether something other than white space has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.kind != Kind::Unknown
    }

    /// Returns whether the body is one JSON object.
    pub(crate) fn is_object(&self) -> bool {
        self.kind == Kind::Object
    }

    /// Detects the format by the first byte after white space and byte order mark, which are dropped:
    /// each byte is examined once.
    fn detect(&mut self) {
        if self.kind == Kind::Unknown {
            let is_space = |byte: &u8| byte.is_ascii_whitespace() || MARK.contains(byte);
            let begin = self.piece.iter().position(|byte| !is_space(byte));
            let _ = self.piece.split_to(begin.unwrap_or(self.piece.len()));
            self.kind = match self.piece.first() {
                None => Kind::Unknown,
                Some(b'{') => Kind::Object,
                Some(_) => Kind::Events,
            };
        }
    }

    fn take_event(&mut self) -> Option<SseEvent> {
        let is_error = std::mem::take(&mut self.is_error);
        self.data.take().filter(|data| !data.is_empty()).map(|data| SseEvent { data, is_error })
    }

    /// Reads a line, and takes the event that it ends.
    fn take_line(&mut self, line: &[u8]) -> Result<Option<SseEvent>, EventTooLong> {
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
                // No JSON is continued so: the blank line between two events is missing.
                Some(data)
                    if data.ends_with(b"}") && matches!(value.first(), Some(b'{' | b'[')) =>
                {
                    let ended = std::mem::replace(data, value.to_vec());
                    let is_error = std::mem::replace(&mut self.is_error, field == b"error");
                    return Ok(Some(SseEvent { data: ended, is_error }));
                }
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
