use std::{collections::VecDeque, ops::Range};

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

/// The part of a text that a watcher has not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missed {
    Nothing,
    /// Pieces, with the number of the first.
    Pieces(u32, Vec<Range<usize>>),
    /// More than the remembered pieces, or a replaced text.
    Whole,
}

/// Most bytes kept of a reply; statements have at most 32,768 characters.
const MOST_BYTES: usize = 128 << 10;
/// Most pieces a watcher may miss before it gets the whole text instead.
const MOST_MISSED: usize = 64;

impl ReplyBuffer {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) const fn next(&self) -> u32 {
        self.next
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

    /// The part that a watcher misses which has read all pieces before number `from`.
    pub(super) fn since(&self, from: u32) -> Missed {
        let missed = self.next.saturating_sub(from) as usize;
        if missed == 0 {
            return Missed::Nothing;
        }
        let Some(known) = self.starts.len().checked_sub(missed) else { return Missed::Whole };
        let starts = self.starts.iter().skip(known).map(|start| *start as usize);
        let ends = starts.clone().skip(1).chain([self.text.len()]);
        Missed::Pieces(from, starts.zip(ends).map(|(start, end)| start..end).collect())
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

    proptest! {
        /// A watcher that reads at any times assembles the whole text.
        #[test]
        fn reading_at_any_times_assembles_the_whole_text(acts in acts()) {
            let (mut said, mut expected) = (ReplyBuffer::default(), String::new());
            let (mut seen, mut next) = (String::new(), 0);
            for act in acts.into_iter().chain([Act::Look]) {
                match act {
                    Act::Push(piece) => {
                        expected.push_str(&piece);
                        said.push(&piece);
                    }
                    Act::Replace(text) => {
                        expected.clone_from(&text);
                        said.replace(text);
                    }
                    Act::Look => {
                        match said.since(next) {
                            Missed::Nothing => {}
                            Missed::Pieces(first, pieces) => {
                                prop_assert_eq!(first, next);
                                prop_assert!(pieces.len() <= MOST_MISSED);
                                seen.extend(pieces.into_iter().map(|at| &said.text()[at]));
                            }
                            Missed::Whole => said.text().clone_into(&mut seen),
                        }
                        next = said.next();
                        prop_assert_eq!(&seen, &expected);
                    }
                }
            }
        }
    }

    #[test]
    fn endless_replies_are_cut_at_the_limit() {
        let mut said = ReplyBuffer::default();
        while said.push(&"é".repeat(1_000)) {}
        assert_eq!(said.text().len(), MOST_BYTES);
        assert!(!said.push("x"));
        said.replace("é".repeat(MOST_BYTES));
        assert_eq!(said.text().len(), MOST_BYTES);
    }
}
