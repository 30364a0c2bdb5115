//! JSON with halves of UTF-16 pairs, with bytes that are not UTF-8, or with numbers that JSON lacks.
//!
//! Servers that cut a reply by tokens may cut a character: `"\ud83d"` comes in one piece and `"\ude00"`
//! in the next. `serde_json` refuses both. [`mended_json`] makes each half a private character, which
//! [`HalfJoiner`] joins across pieces.

/// The private characters that stand for the halves 0xD800 to 0xDFFF: the last of plane 16.
const MARKS: std::ops::RangeInclusive<char> = '\u{10F800}'..='\u{10FFFF}';
const OFFSET: u32 = 0x0010_F800 - 0xD800;

/// Returns JSON whose halves are private characters for a [`HalfJoiner`], and whose invalid bytes are
/// U+FFFD, with null in place of `NaN` and `Infinity`; `None` if it has none of these. To be used only
/// if the JSON cannot be parsed.
#[must_use]
pub fn mended_json(json: &[u8]) -> Option<String> {
    mend(json, |half| char::from_u32(half + OFFSET).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Returns JSON whose halves and invalid bytes are U+FFFD, with null in place of `NaN` and `Infinity`;
/// `None` if it has none of these.
#[must_use]
pub fn lossy_json(json: &[u8]) -> Option<String> {
    mend(json, |_| char::REPLACEMENT_CHARACTER)
}

fn mend(json: &[u8], replacement: impl Fn(u32) -> char) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    let mut mended = String::with_capacity(text.len());
    let mut rest = &*text;
    // Valid JSON has a backslash only at the start of an escape within a string.
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let next = || rest.get(6..).and_then(unit).is_some_and(is_low);
        let length = match unit(rest) {
            Some(high) if is_high(high) && next() => 12,
            Some(half) if is_high(half) || is_low(half) => {
                mended.push(replacement(half));
                rest = &rest[6..];
                continue;
            }
            Some(_) => 6,
            None => rest.chars().take(2).map(char::len_utf8).sum(),
        };
        mended.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    mended.push_str(rest);
    let mended = without_non_finite(&mended);
    (mended.as_bytes() != json).then_some(mended)
}

/// Replaces the numbers that Python writes and JSON does not have. Each character is examined once.
fn without_non_finite(json: &str) -> String {
    let mut finite = String::with_capacity(json.len());
    let (mut rest, mut is_text) = (json, false);
    while let Some(at) = rest.find(['"', '\\', 'N', 'I']) {
        let (before, from) = rest.split_at(at);
        let number = ["NaN", "Infinity"].into_iter().find(|number| from.starts_with(number));
        let taken = match (from.as_bytes()[0], number) {
            (b'\\', _) => from.chars().take(2).map(char::len_utf8).sum(),
            (_, Some(number)) if !is_text => {
                finite.push_str(before.strip_suffix('-').unwrap_or(before));
                finite.push_str("null");
                rest = &from[number.len()..];
                continue;
            }
            (quote, _) => {
                is_text ^= quote == b'"';
                1
            }
        };
        finite.push_str(&rest[..at + taken]);
        rest = &from[taken..];
    }
    finite + rest
}

/// The UTF-16 unit of the escape at the start.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn is_high(unit: u32) -> bool {
    (0xD800..=0xDBFF).contains(&unit)
}

fn is_low(unit: u32) -> bool {
    (0xDC00..=0xDFFF).contains(&unit)
}

/// Joins the halves of characters across the pieces of one text. A half without its other half
/// becomes U+FFFD.
#[derive(Debug, Default)]
pub struct HalfJoiner {
    high: Option<u32>,
}

impl HalfJoiner {
    /// Returns the text of a piece; `is_mended`: its JSON is [`mended_json`].
    #[must_use]
    pub fn join(&mut self, text: String, is_mended: bool) -> String {
        if text.is_empty() || !is_mended && self.high.is_none() {
            return text;
        }
        let mut joined = String::with_capacity(text.len());
        for character in text.chars() {
            let half =
                (is_mended && MARKS.contains(&character)).then(|| u32::from(character) - OFFSET);
            match (self.high.take(), half) {
                (Some(high), Some(low)) if is_low(low) => {
                    let whole = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    joined.push(char::from_u32(whole).unwrap_or(char::REPLACEMENT_CHARACTER));
                    continue;
                }
                (Some(_), _) => joined.push(char::REPLACEMENT_CHARACTER),
                (None, _) => {}
            }
            match half {
                Some(high) if is_high(high) => self.high = Some(high),
                Some(_) => joined.push(char::REPLACEMENT_CHARACTER),
                None => joined.push(character),
            }
        }
        joined
    }

    /// Returns the text of the last piece.
    #[must_use]
    pub fn join_last(&mut self, text: String, is_mended: bool) -> String {
        let mut joined = self.join(text, is_mended);
        if self.high.take().is_some() {
            joined.push(char::REPLACEMENT_CHARACTER);
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of pieces of JSON, as a reader of a stream reads them.
    fn text(pieces: &[&[u8]]) -> String {
        let mut joiner = HalfJoiner::default();
        let mut text = String::new();
        for piece in pieces {
            let (piece, is_mended): (String, bool) = match serde_json::from_slice(piece) {
                Ok(piece) => (piece, false),
                Err(_) => (serde_json::from_str(&mended_json(piece).unwrap()).unwrap(), true),
            };
            text += &joiner.join(piece, is_mended);
        }
        text + &joiner.join_last(String::new(), false)
    }

    #[test]
    fn numbers_that_json_lacks_are_null() {
        for (json, mended) in [
            (r#"{"a":NaN}"#, r#"{"a":null}"#),
            (
                r#"{"a":[-Infinity,Infinity],"t":"NaN \" -Infinity"}"#,
                r#"{"a":[null,null],"t":"NaN \" -Infinity"}"#,
            ),
            (r#"{"logprob":-Infinity,"t":"\\"}"#, r#"{"logprob":null,"t":"\\"}"#),
        ] {
            assert_eq!(mended_json(json.as_bytes()).as_deref(), Some(mended), "{json}");
            assert_eq!(lossy_json(json.as_bytes()).as_deref(), Some(mended), "{json}");
        }
        assert_eq!(mended_json(br#"{"a":"NaN","b":"I"}"#), None);
    }

    #[test]
    fn halves_are_joined_across_pieces_and_single_ones_are_replaced() {
        for (pieces, joined) in [
            (&[br#""a\ud83d""#.as_slice(), br#""\ude00b""#][..], "a\u{1F600}b"),
            (&[br#""a\uD83D""#, b"\"\"", br#""\uDE00""#], "a\u{1F600}"),
            (&[br#""a\ud83d""#, br#""b""#], "a\u{FFFD}b"),
            (&[br#""a\ud83d""#], "a\u{FFFD}"),
            (&[br#""\ude00\ud83d""#, br#""\ude00""#], "\u{FFFD}\u{1F600}"),
            (&[br#""\ud83d\ud83d\ude00""#], "\u{FFFD}\u{1F600}"),
            (&[br#""\ud83dx\ude00""#], "\u{FFFD}x\u{FFFD}"),
            (&[br#""\\ud83d\ude00""#], "\\ud83d\u{FFFD}"),
            (&[b"\"a\xff\xfe\"", b"\"\xf0\x9f\""], "a\u{FFFD}\u{FFFD}\u{FFFD}"),
            (&["\"\u{10F800}\"".as_bytes()], "\u{10F800}"),
        ] {
            assert_eq!(text(pieces), joined, "{pieces:?}");
        }
    }

    #[test]
    fn json_without_faults_is_not_mended() {
        for json in [r#""\ud83d\ude00 \u00e9 \\ \" \n""#, "7", "\"\\", r"\u12", "\\\u{e9}"] {
            assert_eq!(mended_json(json.as_bytes()), None, "{json}");
            assert_eq!(lossy_json(json.as_bytes()), None, "{json}");
        }
        assert_eq!(lossy_json(br#""\ud83d""#).as_deref(), Some("\"\u{FFFD}\""));
    }
}
