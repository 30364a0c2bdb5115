use super::opening_object::OpeningObject;
use crate::prompt::ReplyKind;

/// Collects the pieces of a reply, and turns them into the text that the rules read.
#[derive(Debug)]
pub(super) struct Collector {
    /// The text that was reported to watchers.
    text: String,
    /// Characters of the reply, as the model wrote it.
    length: usize,
    has_text: bool,
    most_chars: usize,
    begun: Option<String>,
    reading: Reading,
}

#[derive(Debug)]
enum Reading {
    Statement,
    /// With the raw reply. Boxed because it is rare.
    Opening(Box<(OpeningObject, String)>),
    /// The raw reply.
    Object(String),
}

impl Collector {
    /// Characters of a token: more than any tokenizer reaches on average.
    const CHARS_OF_TOKEN: usize = 16;

    /// Collects a reply of at most `most_tokens`. The limit is checked here too because some hosts ignore
    /// it, and one endless statement would fill the window of every later prompt.
    pub(super) fn new(reply_kind: ReplyKind, begun: Option<String>, most_tokens: u32) -> Self {
        let most_chars = most_tokens as usize * Self::CHARS_OF_TOKEN;
        let reading = match reply_kind {
            ReplyKind::Statement => Reading::Statement,
            ReplyKind::OpeningObject => Reading::Opening(Box::default()),
            ReplyKind::Object => Reading::Object(String::new()),
        };
        Self { text: String::new(), length: 0, has_text: false, most_chars, begun, reading }
    }

    /// Adds a piece. Returns the text to report to watchers.
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

    /// Whether the reply has more than white space.
    pub(super) const fn has_text(&self) -> bool {
        self.has_text
    }

    /// Whether the reply has reached its maximum size.
    pub(super) const fn is_full(&self) -> bool {
        self.length >= self.most_chars
    }

    /// Returns the characters of the reply, as the model wrote it.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Returns the reply. An opening that is no readable object, and has none in its prose, is returned raw.
    pub(super) fn finish(self) -> String {
        match self.reading {
            Reading::Statement => self.text,
            Reading::Opening(opening) => match *opening {
                (object, _) if object.has_begun() => self.text,
                (_, raw) => without_controls(&OpeningObject::embedded(&raw).unwrap_or(raw)),
            },
            Reading::Object(raw) => raw,
        }
    }
}

/// Removes control characters, which terminals and browsers would act on.
fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Joins the beginning of a sentence and its continuation.
fn joined(begun: String, rest: &str) -> String {
    let space = if rest.starts_with(char::is_alphanumeric) { " " } else { "" };
    begun + space + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(reply_kind: ReplyKind, begun: Option<&str>, pieces: &[&str]) -> (String, String) {
        let mut collector = Collector::new(reply_kind, begun.map(str::to_owned), 4_096);
        let shown = pieces.iter().map(|piece| collector.push(piece)).collect();
        (shown, collector.finish())
    }

    #[test]
    fn watchers_and_rules_get_the_same_text() {
        let escape = "\u{1b}[31mred\u{7}\r\n\tplain";
        let (shown, text) = collected(ReplyKind::Statement, None, &["a ", escape]);
        assert_eq!(shown, "a [31mred\n\tplain");
        assert_eq!(text, shown);
        let object = r#"{"answer": "Yes\u001b", "statement": "It is.\u0007"}"#;
        let (shown, text) = collected(ReplyKind::OpeningObject, None, &[object]);
        assert_eq!(shown, "Answer: Yes \nIt is.");
        assert_eq!(text, shown);
    }

    #[test]
    fn begun_words_are_reported_with_the_first_output() {
        let begun = Some("I think that");
        assert_eq!(collected(ReplyKind::Statement, begun, &["", " "]).1, " ");
        assert_eq!(
            collected(ReplyKind::Statement, begun, &["it ", "works"]).0,
            "I think that it works"
        );
        assert_eq!(collected(ReplyKind::Statement, begun, &[" it"]).1, "I think that it");
        assert_eq!(
            collected(ReplyKind::Statement, begun, &[", sadly, "]).1,
            "I think that, sadly, "
        );
    }

    #[test]
    fn json_replies_are_kept_raw_and_not_reported() {
        let ballot = "{\"choice\":\r\n \"Yes\u{0}\"";
        assert_eq!(
            collected(ReplyKind::Object, None, &[ballot]),
            (String::new(), ballot.to_owned())
        );
    }

    #[test]
    fn unreadable_openings_are_kept_raw() {
        let (shown, text) = collected(ReplyKind::OpeningObject, None, &["{\"oops\": 1", "}"]);
        assert_eq!((shown.as_str(), text.as_str()), ("", "{\"oops\": 1}"));
    }

    #[test]
    fn an_opening_in_prose_is_read_at_its_end() {
        let pieces = [
            "Here is my answer:\n\n```json\n{\"answer\": \"Now\", ",
            "\"statement\": \"It is.\"}\n```",
        ];
        let (_, text) = collected(ReplyKind::OpeningObject, None, &pieces);
        assert_eq!(text, "Answer: Now\nIt is.");
        let prose = "Answer: Now\nAs {x} says, it \"is\".";
        assert_eq!(collected(ReplyKind::OpeningObject, None, &[prose]).1, prose);
    }

    #[test]
    fn text_beyond_the_limit_is_dropped() {
        let mut collector = Collector::new(ReplyKind::Object, None, 400);
        collector.push("é");
        assert!(!collector.is_full());
        collector.push(&"😀".repeat(20_000));
        assert!(collector.is_full());
        collector.push("more");
        assert_eq!(collector.finish().chars().count(), 6_400);
    }
}
