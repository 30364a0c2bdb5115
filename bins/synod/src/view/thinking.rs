use synod_debate_engine::Thought;

use super::line_buffer::LineBuffer;

/// The thinking of a model before its statement: one line with its length, or the full text.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    words: Words,
    /// The full text, if it is shown.
    text: Option<LineBuffer>,
    /// Whether the line with the length has been returned.
    is_shown: bool,
}

impl Thinking {
    pub(super) fn push(&mut self, thought: &Thought, in_full: bool) {
        self.words.push(thought);
        if !in_full {
            return;
        }
        let text = self.text.get_or_insert_default();
        if thought.whole {
            text.replace(&thought.text);
        } else {
            text.push(&thought.text);
        }
    }

    /// Returns the complete lines; `over` once the model speaks.
    pub(super) fn take(&mut self, width: usize, over: bool) -> Vec<String> {
        if let Some(text) = &mut self.text {
            return text.take(width, over);
        }
        if !over || self.words.count == 0 || std::mem::replace(&mut self.is_shown, true) {
            return Vec::new();
        }
        vec![format!("(thought, {})", self.words.in_words())]
    }

    /// The incomplete line.
    pub(super) fn tail(&self, width: usize) -> Option<String> {
        match &self.text {
            Some(text) => text.tail(width),
            None if self.is_shown || self.words.count == 0 => None,
            None => Some(format!("thinking, {}", self.words.in_words())),
        }
    }
}

/// Counts the words of a text that arrives in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) count: usize,
    in_word: bool,
}

impl Words {
    pub(super) fn push(&mut self, thought: &Thought) {
        if thought.whole {
            *self = Self::default();
        }
        for c in thought.text.chars() {
            let is_part = !c.is_whitespace();
            let is_word = is_unspaced(c);
            self.count += usize::from(is_word || is_part && !self.in_word);
            self.in_word = is_part && !is_word;
        }
    }

    pub(super) fn in_words(self) -> String {
        match self.count {
            1 => "1 word".to_owned(),
            n => format!("{n} words"),
        }
    }
}

/// Whether a character is of a script without spaces between words, where each character counts as one: Han and
/// kana.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
