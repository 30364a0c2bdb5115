use super::opening_object::OpeningObject;
use crate::prompt::Expected;

/// Takes the pieces of a reply as they come, and turns them into the text that the rules read.
#[derive(Debug)]
pub(super) struct Collector {
    /// What watchers saw.
    text: String,
    /// Characters that the model wrote.
    length: usize,
    has_text: bool,
    most_chars: usize,
    begun: Option<String>,
    reading: Reading,
}

#[derive(Debug)]
enum Reading {
    Statement,
    /// With all that the model wrote, as it wrote it. Boxed: most replies are none.
    Opening(Box<(OpeningObject, String)>),
    /// All that the model wrote, as it wrote it.
    Object(String),
}

impl Collector {
    /// Characters that a token has at most, on average: no tokenizer packs that many of any text.
    const CHARS_OF_TOKEN: usize = 16;

    /// A collector of a reply of at most `most_tokens`. A model that writes more is not held to
    /// it by its host, and one endless statement would leave no room in anybody's window.
    pub(super) fn new(expected: Expected, begun: Option<String>, most_tokens: u32) -> Self {
        let most_chars = most_tokens as usize * Self::CHARS_OF_TOKEN;
        let reading = match expected {
            Expected::Statement => Reading::Statement,
            Expected::OpeningObject => Reading::Opening(Box::default()),
            Expected::Object => Reading::Object(String::new()),
        };
        Self { text: String::new(), length: 0, has_text: false, most_chars, begun, reading }
    }

    /// Takes a piece; returns what watchers may see of it.
    pub(super) fn push(&mut self, piece: &str) -> String {
        let room = self.most_chars - self.length;
        let piece = piece.char_indices().nth(room).map_or(piece, |(end, _)| &piece[..end]);
        self.length += piece.chars().count();
        self.has_text |= !piece.trim().is_empty();
        let shown = match &mut self.reading {
            Reading::Statement => self.begun.take_if(|_| !piece.trim().is_empty()).map_or_else(
                || without_controls(piece),
                |begun| joined(begun, &without_controls(piece)),
            ),
            Reading::Opening(opening) => {
                let (object, raw) = &mut **opening;
                raw.push_str(piece);
                without_controls(&object.push(piece))
            }
            Reading::Object(raw) => {
                raw.push_str(piece);
                return String::new();
            }
        };
        self.text.push_str(&shown);
        shown
    }

    /// The model wrote more than white space.
    pub(super) const fn has_text(&self) -> bool {
        self.has_text
    }

    /// It takes no more.
    pub(super) const fn is_full(&self) -> bool {
        self.length >= self.most_chars
    }

    /// Characters that the model wrote.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// The reply. Of an opening that was no readable object it is what the model wrote.
    pub(super) fn finish(self) -> String {
        match self.reading {
            Reading::Statement => self.text,
            Reading::Opening(opening) if self.text.trim().is_empty() => {
                without_controls(&opening.1)
            }
            Reading::Opening(_) => self.text,
            Reading::Object(raw) => raw,
        }
    }
}

/// Terminals and browsers obey control characters, so that none may reach a watcher.
fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Joins a sentence and its continuation.
fn joined(begun: String, rest: &str) -> String {
    let space = if rest.starts_with(char::is_alphanumeric) { " " } else { "" };
    begun + space + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(expected: Expected, begun: Option<&str>, pieces: &[&str]) -> (String, String) {
        let mut collector = Collector::new(expected, begun.map(str::to_owned), 4_096);
        let shown = pieces.iter().map(|piece| collector.push(piece)).collect();
        (shown, collector.finish())
    }

    #[test]
    fn watchers_see_what_the_rules_read() {
        let escape = "\u{1b}[31mred\u{7}\r\n\tplain";
        let (shown, text) = collected(Expected::Statement, None, &["a ", escape]);
        assert_eq!(shown, "a [31mred\n\tplain");
        assert_eq!(text, shown);
        let object = r#"{"answer": "Yes\u001b", "statement": "It is.\u0007"}"#;
        let (shown, text) = collected(Expected::OpeningObject, None, &[object]);
        assert_eq!(shown, "Answer: Yes \nIt is.");
        assert_eq!(text, shown);
    }

    #[test]
    fn the_begun_words_come_with_the_first_of_the_models() {
        let begun = Some("I think that");
        assert_eq!(collected(Expected::Statement, begun, &["", " "]).1, " ");
        assert_eq!(
            collected(Expected::Statement, begun, &["it ", "works"]).0,
            "I think that it works"
        );
        assert_eq!(collected(Expected::Statement, begun, &[" it"]).1, "I think that it");
        assert_eq!(
            collected(Expected::Statement, begun, &[", sadly, "]).1,
            "I think that, sadly, "
        );
    }

    #[test]
    fn objects_stay_as_they_are_and_nobody_watches_them() {
        let ballot = "{\"choice\":\r\n \"Yes\u{0}\"";
        assert_eq!(
            collected(Expected::Object, None, &[ballot]),
            (String::new(), ballot.to_owned())
        );
    }

    #[test]
    fn an_opening_that_cannot_be_read_stays_as_it_is() {
        let (shown, text) = collected(Expected::OpeningObject, None, &["{\"oops\": 1", "}"]);
        assert_eq!((shown.as_str(), text.as_str()), ("", "{\"oops\": 1}"));
    }

    #[test]
    fn nothing_is_taken_beyond_the_limit() {
        let mut collector = Collector::new(Expected::Object, None, 400);
        collector.push("é");
        assert!(!collector.is_full());
        collector.push(&"😀".repeat(20_000));
        assert!(collector.is_full());
        collector.push("more");
        assert_eq!(collector.finish().chars().count(), 6_400);
    }
}
