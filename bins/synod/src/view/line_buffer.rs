use synod_transcript::printable;

use super::wrap::wrap;

/// Collects a text that arrives in pieces and returns it in lines.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    /// The text so far.
    received: String,
    /// The part that has not been returned yet.
    pending: String,
    has_begun: bool,
}

impl LineBuffer {
    /// Adds a piece.
    pub(super) fn push(&mut self, piece: &str) {
        let piece = displayable(piece);
        let piece = if self.received.is_empty() { piece.trim_start() } else { &piece };
        self.received += piece;
        self.pending += piece;
    }

    /// Replaces the text so far. Returns whether the lines taken so far remain valid. If not,
    /// [`take`](Self::take) begins again with the new text.
    pub(super) fn replace(&mut self, text: &str) -> bool {
        let text = displayable(text);
        let text = text.trim_start();
        let rest = continuation(text, &self.received).map(str::to_owned);
        let continues = rest.is_some() || !self.has_begun;
        match rest {
            Some(rest) => {
                // The rest begins with the space that separates it.
                self.pending.truncate(self.pending.trim_end().len());
                self.pending += &rest;
            }
            None => *self = Self { pending: text.to_owned(), ..Self::default() },
        }
        text.clone_into(&mut self.received);
        continues
    }

    /// Returns the complete lines; with `end`, all remaining lines.
    pub(super) fn take(&mut self, width: usize, end: bool) -> Vec<String> {
        if end {
            self.pending.truncate(self.pending.trim_end().len());
        }
        if self.pending.is_empty() {
            return Vec::new();
        }
        // Wrapping drops the trailing spaces, which separate the next word.
        let text = self.pending.trim_end_matches(' ');
        let spaces = self.pending[text.len()..].to_owned();
        let mut lines = wrap(text, width);
        self.pending = if end { String::new() } else { lines.pop().unwrap_or_default() + &spaces };
        self.has_begun |= !lines.is_empty();
        lines
    }

    /// The incomplete line.
    pub(super) fn tail(&self, width: usize) -> Option<String> {
        wrap(&self.pending, width).pop().filter(|line| !line.is_empty())
    }

    /// Discards the part that has not been returned yet.
    pub(super) fn drop_rest(&mut self) {
        self.pending.clear();
    }

    /// Whether a line has been returned.
    pub(super) const fn has_begun(&self) -> bool {
        self.has_begun
    }
}

/// Removes control characters and replaces tabs with four spaces.
fn displayable(text: &str) -> String {
    printable(text).replace('\t', "    ")
}

/// Returns the part of `text` that follows `received`, ignoring white space; `None` if `text` does not begin
/// with it. A text that was cut may be shorter than `received`.
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
    fn trailing_spaces_of_a_piece_separate_words() {
        let mut buffer = LineBuffer::default();
        buffer.push("one ");
        assert_eq!(buffer.take(20, false), Vec::<String>::new());
        buffer.push("two ");
        assert!(buffer.replace("one two three"));
        assert_eq!(buffer.take(20, true), ["one two three"]);
    }

    #[test]
    fn restarted_text_is_distinguished_from_a_continued_one() {
        let mut buffer = LineBuffer::default();
        buffer.push("aaa bbb ccc");
        assert_eq!(buffer.take(4, false), ["aaa", "bbb"]);
        assert!(buffer.replace("aaa bbb ccc ddd"));
        assert_eq!(buffer.take(4, false), ["ccc"]);
        assert!(!buffer.replace("xxx yyy"));
        assert_eq!(buffer.take(4, true), ["xxx", "yyy"]);
    }
}
