/// Turns the bytes of tokens into text.
///
/// A token may end within a character or within a stop text. Undecided bytes are held back.
#[derive(Debug)]
pub(super) struct ReplyText {
    stops: Vec<String>,
    /// The start of a character.
    bytes: Vec<u8>,
    /// A possible start of a stop text.
    held: String,
}

/// The result of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// Decided text; may be empty.
    pub(super) text: String,
    /// A stop text is complete, and ends the reply.
    pub(super) stopped: bool,
}

impl ReplyText {
    /// Empty stop texts are ignored.
    pub(super) fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, bytes: Vec::new(), held: String::new() }
    }

    /// Takes the bytes of one token. Must not be called after a stop.
    pub(super) fn push(&mut self, piece: &[u8]) -> Shown {
        self.bytes.extend_from_slice(piece);
        for character in self.whole_characters().chars() {
            self.held.push(character);
            let complete = self.stops.iter().filter(|stop| self.held.ends_with(stop.as_str()));
            if let Some(longest) = complete.map(String::len).max() {
                self.held.truncate(self.held.len() - longest);
                return Shown { text: std::mem::take(&mut self.held), stopped: true };
            }
        }
        let text = self.held.drain(..self.certain()).collect();
        Shown { text, stopped: false }
    }

    /// Returns the text held back when the reply has ended; none after a stop text. An incomplete
    /// character is dropped.
    pub(super) fn take_held(&mut self) -> String {
        self.bytes.clear();
        std::mem::take(&mut self.held)
    }

    /// Decodes complete characters from `bytes`; invalid bytes become U+FFFD.
    fn whole_characters(&mut self) -> String {
        let mut text = String::new();
        let mut open = 0;
        for chunk in self.bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            // Only the last chunk can be an incomplete character.
            let at_end = std::ptr::eq(invalid.as_ptr_range().end, self.bytes.as_ptr_range().end);
            if at_end && starts_character(invalid) {
                open = invalid.len();
            } else if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.bytes.drain(..self.bytes.len() - open);
        text
    }

    /// The length of the held text that cannot be part of a stop text.
    fn certain(&self) -> usize {
        let open = |&(at, _): &(usize, char)| {
            self.stops.iter().any(|stop| stop.starts_with(&self.held[at..]))
        };
        self.held.char_indices().find(open).map_or(self.held.len(), |(at, _)| at)
    }
}

/// Whether more bytes could complete a character.
fn starts_character(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => false,
        Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text of all pieces, and whether a stop text ended it.
    fn shown<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, stops: &[&str]) -> (String, bool) {
        let stops: Vec<_> = stops.iter().map(|&stop| stop.to_owned()).collect();
        let mut reply = ReplyText::new(&stops);
        let mut all = String::new();
        for piece in pieces {
            let Shown { text, stopped } = reply.push(piece);
            all.push_str(&text);
            if stopped {
                return (all, true);
            }
        }
        (all + &reply.take_held(), false)
    }

    /// A simple reference: the first complete stop text ends the reply.
    fn expected(text: &str, stops: &[&str]) -> (String, bool) {
        for (at, character) in text.char_indices() {
            let so_far = &text[..at + character.len_utf8()];
            let complete = stops.iter().filter_map(|stop| so_far.strip_suffix(stop));
            if let Some(before) = complete.min_by_key(|before| before.len()) {
                return (before.to_owned(), true);
            }
        }
        (text.to_owned(), false)
    }

    #[test]
    fn only_the_stop_text_is_removed() {
        let mut reply = ReplyText::new(&["\n\n".to_owned(), "[Speaker".to_owned()]);
        let texts: Vec<_> = ["Yes.\n", "No [", "Sp", "ring] [Speak"]
            .map(|piece| reply.push(piece.as_bytes()).text)
            .into();
        assert_eq!(texts, ["Yes.", "\nNo ", "", "[Spring] "]);
        assert_eq!(reply.push(b"er B]"), Shown { text: String::new(), stopped: true });
    }

    #[test]
    fn a_partial_stop_text_at_the_end_is_kept() {
        assert_eq!(shown([b"a [Spea".as_slice()], &["[Speaker"]), ("a [Spea".to_owned(), false));
    }

    #[test]
    fn an_incomplete_character_is_held_then_dropped() {
        let owl = "🦉".as_bytes();
        let mut reply = ReplyText::new(&[]);
        for byte in &owl[..3] {
            assert_eq!(reply.push(&[*byte]).text, "");
        }
        assert_eq!(reply.push(&owl[3..]).text, "🦉");
        assert_eq!(reply.push(b"x\xF0\x9F").text, "x");
        assert_eq!(reply.take_held(), "");
    }

    #[test]
    fn invalid_bytes_are_replaced_at_once() {
        assert_eq!(shown([b"a\xFFb".as_slice()], &[]).0, "a\u{FFFD}b");
        assert_eq!(shown([b"\xF0\x9F".as_slice(), b"x"], &[]).0, "\u{FFFD}x");
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(
            text in "[ab\n🦉é]{0,24}",
            stops in prop::collection::vec(prop::sample::select(
                vec!["ab", "\n\n", "b", "aab", "🦉", "é\n", "abab"]), 0..3),
            cuts in prop::collection::vec(1_usize..5, 1..8),
        ) {
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for size in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            prop_assert_eq!(shown(pieces, &stops), expected(&text, &stops));
        }

        #[test]
        fn any_bytes_are_taken(pieces in prop::collection::vec(any::<Vec<u8>>(), 0..8)) {
            let whole = pieces.concat();
            let (text, _) = shown(pieces.iter().map(Vec::as_slice), &[]);
            let lossy = String::from_utf8_lossy(&whole);
            // They differ by at most an incomplete character at the end.
            let without_end = lossy.strip_suffix(char::REPLACEMENT_CHARACTER);
            prop_assert!(text == lossy || Some(text.as_str()) == without_end);
        }
    }
}
