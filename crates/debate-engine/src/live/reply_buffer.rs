use std::collections::VecDeque;

/// The text of a call so far, and the positions of its latest pieces.
///
/// Watchers read the pieces that they miss, by number. A watcher that misses more pieces than are
/// remembered gets the whole text.
#[derive(Default)]
pub(super) struct ReplyBuffer {
    text: String,
    /// The number of the next piece.
    next: u32,
    starts: VecDeque<u32>,
}

/// An unread part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// The number of its last piece.
    pub(super) index: u32,
    /// Whether it is the whole text, which replaces all pieces before.
    pub(super) whole: bool,
    pub(super) text: &'a str,
}

/// Most bytes kept of a reply; statements have at most 32,768 characters.
const MOST_BYTES: usize = 128 << 10;
/// Most pieces a watcher may miss before it gets the whole text instead.
pub(super) const MOST_MISSED: usize = 64;

impl ReplyBuffer {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.next == 0
    }

    /// Adds a piece, and returns whether that changes anything.
    pub(super) fn push(&mut self, piece: &str) -> bool {
        let room = MOST_BYTES - self.text.len();
        let piece = &piece[..piece.floor_char_boundary(room)];
        if piece.is_empty() {
            return false;
        }
        if self.starts.len() == MOST_MISSED {
            self.starts.pop_front();
        }
        // At most 128 KiB.
        self.starts.push_back(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.text.push_str(piece);
        self.next += 1;
        true
    }

    /// Replaces all pieces so far by a text.
    pub(super) fn replace(&mut self, mut text: String) -> bool {
        text.truncate(text.floor_char_boundary(MOST_BYTES));
        self.text = text;
        self.starts.clear();
        self.next += 1;
        true
    }

    /// The piece with number `from`, or the whole text if that piece is not remembered.
    pub(super) fn piece(&self, from: u32) -> Option<Part<'_>> {
        let missed = self.missed(from)?;
        let Some(place) = self.starts.len().checked_sub(missed) else { return self.whole() };
        let end = self.starts.get(place + 1).map_or(self.text.len(), |end| *end as usize);
        let text = &self.text[self.starts[place] as usize..end];
        Some(Part { index: from, whole: false, text })
    }

    /// All pieces from number `from` on, or the whole text if one of them is not remembered.
    pub(super) fn since(&self, from: u32) -> Option<Part<'_>> {
        let missed = self.missed(from)?;
        let Some(place) = self.starts.len().checked_sub(missed) else { return self.whole() };
        let text = &self.text[self.starts[place] as usize..];
        Some(Part { index: self.next - 1, whole: false, text })
    }

    /// The whole text received; `None` before the first piece.
    pub(super) fn whole(&self) -> Option<Part<'_>> {
        let index = self.next.checked_sub(1)?;
        Some(Part { index, whole: true, text: &self.text })
    }

    /// The number of pieces from number `from` on, if there are any.
    fn missed(&self, from: u32) -> Option<usize> {
        Some(self.next.saturating_sub(from) as usize).filter(|missed| *missed > 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[derive(Clone, Debug)]
    enum Act {
        Push(String),
        Replace(String),
        Look,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            30 => "\\PC{0,4}".prop_map(Act::Push),
            1 => "\\PC{0,9}".prop_map(Act::Replace),
            2 => Just(Act::Look),
        ];
        vec(act, 0..400)
    }

    /// What a watcher has read.
    #[derive(Default)]
    struct Reader {
        text: String,
        next: u32,
    }

    impl Reader {
        fn take(&mut self, part: Part<'_>) {
            if part.whole {
                self.text.clear();
            }
            self.text.push_str(part.text);
            self.next = part.index + 1;
        }
    }

    proptest! {
        /// A watcher that reads at any times assembles the whole text.
        #[test]
        fn reading_at_any_times_assembles_the_whole_text(acts in acts()) {
            let (mut buffer, mut expected) = (ReplyBuffer::default(), String::new());
            let (mut by_piece, mut at_once) = (Reader::default(), Reader::default());
            for act in acts.into_iter().chain([Act::Look]) {
                match act {
                    Act::Push(piece) => {
                        expected.push_str(&piece);
                        buffer.push(&piece);
                    }
                    Act::Replace(text) => {
                        expected.clone_from(&text);
                        buffer.replace(text);
                    }
                    Act::Look => {
                        let mut parts = 0;
                        while let Some(part) = buffer.piece(by_piece.next) {
                            prop_assert!(part.whole || part.index == by_piece.next);
                            by_piece.take(part);
                            parts += 1;
                        }
                        prop_assert!(parts <= MOST_MISSED);
                        if let Some(part) = buffer.since(at_once.next) {
                            at_once.take(part);
                        }
                        prop_assert_eq!(buffer.since(at_once.next), None);
                        prop_assert_eq!(&by_piece.text, &expected);
                        prop_assert_eq!(&at_once.text, &expected);
                    }
                }
            }
        }
    }

    #[test]
    fn endless_replies_are_cut_at_the_limit() {
        let mut buffer = ReplyBuffer::default();
        while buffer.push(&"é".repeat(1_000)) {}
        assert_eq!(buffer.text().len(), MOST_BYTES);
        assert!(!buffer.push("x"));
        buffer.replace("é".repeat(MOST_BYTES));
        assert_eq!(buffer.text().len(), MOST_BYTES);
    }
}
