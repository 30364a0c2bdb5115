use synod_transcript::printable;

use super::wrap::wrap;

/// A text that arrives in pieces and leaves in lines.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    /// All of it so far.
    received: String,
    /// What has not left yet.
    pending: String,
    has_begun: bool,
}

impl LineBuffer {
    /// Takes a piece.
    pub(super) fn push(&mut self, piece: &str) {
        let piece = displayable(piece);
        let piece = if self.received.is_empty() { piece.trim_start() } else { &piece };
        self.received += piece;
        self.pending += piece;
    }

    /// Takes the whole text in place of what arrived before. Returns false if lines have left that
    /// are no part of it: then the text leaves once more from its beginning.
    pub(super) fn replace(&mut self, text: &str) -> bool {
        let text = displayable(text);
        let text = text.trim_start();
        let rest = continuation(text, &self.received).map(str::to_owned);
        let continues = rest.is_some() || !self.has_begun;
        match rest {
            Some(rest) => {
                // The rest brings the space that parts it from what was received.
                self.pending.truncate(self.pending.trim_end().len());
                self.pending += &rest;
            }
            None => *self = Self { pending: text.to_owned(), ..Self::default() },
        }
        text.clone_into(&mut self.received);
        continues
    }

    /// The lines that are complete; with `end`, all that is left.
    pub(super) fn take(&mut self, width: usize, end: bool) -> Vec<String> {
        if end {
            self.pending.truncate(self.pending.trim_end().len());
        }
        if self.pending.is_empty() {
            return Vec::new();
        }
        // Wrapping drops the spaces at the end, which part the next word from the last.
        let text = self.pending.trim_end_matches(' ');
        let spaces = self.pending[text.len()..].to_owned();
        let mut lines = wrap(text, width);
        self.pending = if end { String::new() } else { lines.pop().unwrap_or_default() + &spaces };
        self.has_begun |= !lines.is_empty();
        lines
    }

    /// The line that is being written.
    pub(super) fn tail(&self, width: usize) -> Option<String> {
        wrap(&self.pending, width).pop().filter(|line| !line.is_empty())
    }

    /// Drops what has not left yet.
    pub(super) fn drop_rest(&mut self) {
        self.pending.clear();
    }

    /// Whether a line has left.
    pub(super) const fn has_begun(&self) -> bool {
        self.has_begun
    }
}

/// A text as it is displayable: tabs are four spaces.
fn displayable(text: &str) -> String {
    printable(text).replace('\t', "    ")
}

/// What of `text` comes continuation `received`, white space aside; `None` if it does not begin so. A text
/// that was cut may be the shorter one.
fn continuation<'t>(text: &'t str, received: &str) -> Option<&'t str> {
    let mut rest = text.char_indices().filter(|(_, c)| !c.is_whitespace());
    let mut end = 0;
    for received in received.chars().filter(|c| !c.is_whitespace()) {
        match rest.next() {
            Some((at, c)) if c == received => end = at + c.len_utf8(),
            Some(_) => return None,
            None => break,
        }
    }
    Some(&text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_do_not_depend_on_how_the_text_arrives() {
        let text = "One two three four five.\n\n  - six\tseven eight nine ten eleven";
        let whole = {
            let mut buffer = LineBuffer::default();
            buffer.push(text);
            buffer.take(12, true)
        };
        for size in 1..8 {
            let mut buffer = LineBuffer::default();
            let mut lines = Vec::new();
            let chars: Vec<_> = text.chars().collect();
            for piece in chars.chunks(size) {
                buffer.push(&piece.iter().collect::<String>());
                lines.extend(buffer.take(12, false));
            }
            assert!(buffer.replace(text));
            lines.extend(buffer.take(12, true));
            let trimmed = |lines: &[String]| {
                lines.iter().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>()
            };
            assert_eq!(trimmed(&lines), trimmed(&whole), "pieces of {size}");
        }
    }

    #[test]
    fn spaces_at_the_end_of_a_piece_part_words() {
        let mut buffer = LineBuffer::default();
        buffer.push("one ");
        assert_eq!(buffer.take(20, false), Vec::<String>::new());
        buffer.push("two ");
        assert!(buffer.replace("one two three"));
        assert_eq!(buffer.take(20, true), ["one two three"]);
    }

    #[test]
    fn a_text_that_was_begun_anew_is_told_from_one_that_goes_on() {
        let mut buffer = LineBuffer::default();
        buffer.push("aaa bbb ccc");
        assert_eq!(buffer.take(4, false), ["aaa", "bbb"]);
        assert!(buffer.replace("aaa bbb ccc ddd"));
        assert_eq!(buffer.take(4, false), ["ccc"]);
        assert!(!buffer.replace("xxx yyy"));
        assert_eq!(buffer.take(4, true), ["xxx", "yyy"]);
    }
}
