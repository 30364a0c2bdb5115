//! Keys of requests within the words of a server.

/// How a key differs from a word of the language.
#[derive(Clone, Copy)]
pub(super) enum Named {
    /// It is no such word.
    Anywhere,
    /// It has quotes, brackets or dots beside it, or follows `parameter`, `argument` or `field`.
    Marked,
}

/// Whether a text names this key.
pub(super) fn names(text: &str, key: &str, how: Named) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(key).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + key.len()..]);
        if before.ends_with(is_word) || after.starts_with(is_word) {
            return false;
        }
        match how {
            Named::Anywhere => true,
            Named::Marked => {
                let mark = |c: char| matches!(c, '\'' | '"' | '`' | '[' | ']' | '\\' | '$');
                let place = before.ends_with(['.', '/']) && !before.ends_with("..");
                let before = before.trim_end_matches([' ', ':', '=']);
                let led = [
                    "parameter",
                    "parameters",
                    "argument",
                    "supplied",
                    "field",
                    "key",
                    "model",
                    "option",
                ];
                before.ends_with(mark) && after.starts_with(|c| mark(c) || c == '.')
                    || place
                    || led.iter().any(|word| before.ends_with(word)) && !after.starts_with(" to ")
                    || before.is_empty()
            }
        }
    })
}
