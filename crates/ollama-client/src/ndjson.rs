use bytes::Bytes;

/// The maximum size of a line in bytes: twice that of Ollama's own client.
pub(crate) const MAX_LINE: usize = 16 * 1024 * 1024;

/// A line grew beyond [`MAX_LINE`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LineTooLong;

/// Splits a body into lines at the byte 0x0A only, independently of how it was cut in transit.
///
/// A line within one piece is a slice of it; only lines that span pieces are copied.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The beginning of an incomplete line.
    begun: Vec<u8>,
    /// The rest of the last piece.
    piece: Bytes,
}

impl Lines {
    /// Adds the next piece. All lines of the previous piece must have been taken.
    pub(crate) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "lines of the previous piece are lost");
        self.piece = piece;
    }

    /// Takes the next complete line that is not blank, without its end.
    pub(crate) fn next_line(&mut self) -> Result<Option<Bytes>, LineTooLong> {
        loop {
            let Some(end) = memchr::memchr(b'\n', &self.piece) else {
                return self.keep_rest().map(|()| None);
            };
            self.check(end)?;
            let mut line = self.piece.split_to(end + 1);
            line.truncate(end);
            if !self.begun.is_empty() {
                self.begun.extend_from_slice(&line);
                line = Bytes::from(std::mem::take(&mut self.begun));
            }
            if !is_blank(&line) {
                return Ok(Some(line));
            }
        }
    }

    /// Takes the text after the last line end when the body has ended, unless it is blank.
    pub(crate) fn rest(&mut self) -> Option<Bytes> {
        let rest = std::mem::take(&mut self.begun);
        (!is_blank(&rest)).then(|| Bytes::from(rest))
    }

    fn keep_rest(&mut self) -> Result<(), LineTooLong> {
        self.check(self.piece.len())?;
        self.begun.extend_from_slice(&self.piece);
        self.piece.clear();
        Ok(())
    }

    fn check(&self, more: usize) -> Result<(), LineTooLong> {
        if self.begun.len() + more > MAX_LINE { Err(LineTooLong) } else { Ok(()) }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Option<Vec<u8>>) {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for piece in pieces {
            lines.push(Bytes::copy_from_slice(piece));
            while let Some(line) = lines.next_line().unwrap() {
                found.push(line.to_vec());
            }
        }
        (found, lines.rest().map(|rest| rest.to_vec()))
    }

    #[test]
    fn only_the_newline_byte_ends_a_line() {
        let text = "{\"a\":\"\u{85}\u{2028}\u{2029}\r\"}\r\n\r\n  \n{}".as_bytes();
        let (lines, rest) = cut(&[text]);
        assert_eq!(lines, ["{\"a\":\"\u{85}\u{2028}\u{2029}\r\"}\r".as_bytes()]);
        assert_eq!(rest.as_deref(), Some(&b"{}"[..]));
    }

    #[test]
    fn a_line_beyond_the_limit_is_an_error() {
        let mut lines = Lines::default();
        let piece = Bytes::from(vec![b'x'; MAX_LINE / 2]);
        for _ in 0..2 {
            lines.push(piece.clone());
            assert_eq!(lines.next_line(), Ok(None));
        }
        lines.push(Bytes::from_static(b"x"));
        assert_eq!(lines.next_line(), Err(LineTooLong));
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_body_is_cut(
            body in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200),
            cuts in proptest::collection::vec(0usize..200, 0..20),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(body.len())).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &body[w[0]..w[1]]).collect();
            prop_assert_eq!(cut(&pieces), cut(&[&body]));
        }
    }
}
