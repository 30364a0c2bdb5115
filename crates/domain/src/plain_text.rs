use thiserror::Error;
use unicode_normalization::char::is_combining_mark;

use crate::is_invisible;

/// Refuses a name that could look like another one, or change how the text around it is shown:
/// control characters, direction marks, and characters that take no room. Joiners, variation
/// selectors and tags are taken where a script or an emoji needs them: behind a character with
/// which they combine (after Unicode Standard Annex 31, section 2.3, and Technical Standard 51).
///
/// # Errors
/// [`ForbiddenCharacter`] names the first one.
pub fn check_name(text: &str) -> Result<(), ForbiddenCharacter> {
    let mut before = None;
    for c in text.chars() {
        if c.is_control() || (is_invisible(c) && !combines(before, c)) {
            return Err(ForbiddenCharacter(c));
        }
        before = Some(c);
    }
    Ok(())
}

/// Refuses a longer text with control characters other than tabs and line breaks: terminals obey
/// them.
///
/// # Errors
/// [`ForbiddenCharacter`] names the first one.
pub fn check_text(text: &str) -> Result<(), ForbiddenCharacter> {
    let is_forbidden = |c: &char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    text.chars().find(is_forbidden).map_or(Ok(()), |c| Err(ForbiddenCharacter(c)))
}

/// A character that a text must not contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must not contain the {} U+{:04X}", kind(*.0), u32::from(*.0))]
pub struct ForbiddenCharacter(
    /// The character.
    pub char,
);

fn kind(c: char) -> &'static str {
    match c {
        c if c.is_control() => "control character",
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "direction mark"
        }
        _ => "invisible character",
    }
}

/// Whether an invisible character changes how the one before it is shown.
fn combines(before: Option<char>, c: char) -> bool {
    const EMOJI_SELECTOR: char = '\u{fe0f}';
    let Some(before) = before else { return false };
    let is_base = !before.is_whitespace() && (!is_invisible(before) || before == EMOJI_SELECTOR);
    match c {
        // Letters of Latin, Greek, Cyrillic and Armenian do not join.
        '\u{200c}' | '\u{200d}' => {
            is_base && before >= '\u{590}' && !matches!(before, '\u{1e00}'..='\u{203a}')
        }
        // As in 1️⃣, ❤️, and in variants of ideographs in names.
        '\u{180b}'..='\u{180d}'
        | '\u{180f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}' => {
            let is_keycap = before.is_ascii_digit() || matches!(before, '#' | '*');
            let is_sign = !before.is_ascii() && !is_combining_mark(before);
            is_base && before != EMOJI_SELECTOR && (is_keycap || is_sign)
        }
        // As in the flag of Scotland.
        '\u{e0020}'..='\u{e007f}' => matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_all_scripts_and_emoji_are_taken() {
        for name in [
            "Ada Lovelace",
            "Zoë",
            "می\u{200c}خواهم",
            "ක්\u{200d}ෂ",
            "👩\u{200d}🔬",
            "🏳\u{fe0f}\u{200d}🌈",
            "1\u{fe0f}\u{20e3}",
            "葛\u{e0100}城",
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn invisible_or_bidi_characters_in_names_are_refused() {
        for (name, told) in [
            ("A\u{1b}[31mda", "must not contain the control character U+001B"),
            ("Ada\n", "must not contain the control character U+000A"),
            ("Ada\u{85}", "must not contain the control character U+0085"),
            ("\u{202e}adA", "must not contain the direction mark U+202E"),
            ("Ada\u{200e}", "must not contain the direction mark U+200E"),
            ("A\u{2067}da", "must not contain the direction mark U+2067"),
            ("A\u{200b}da", "must not contain the invisible character U+200B"),
            ("A\u{200d}da", "must not contain the invisible character U+200D"),
            ("\u{200c}می", "must not contain the invisible character U+200C"),
            ("👩\u{200d}\u{200d}🔬", "must not contain the invisible character U+200D"),
            ("Ada\u{fe0f}", "must not contain the invisible character U+FE0F"),
            ("Ada\u{3164}", "must not contain the invisible character U+3164"),
            ("Ada\u{e0041}", "must not contain the invisible character U+E0041"),
        ] {
            let refused = check_name(name).map_err(|error| error.to_string());
            assert_eq!(refused, Err(told.to_owned()), "{name:?}");
        }
    }

    #[test]
    fn control_characters_in_texts_are_refused_except_lines() {
        assert_eq!(check_text("one\r\n\ttwo \u{202e}three\u{200b}"), Ok(()));
        for c in ['\0', '\u{7}', '\u{b}', '\u{c}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}'] {
            assert_eq!(check_text(&format!("a{c}b")), Err(ForbiddenCharacter(c)), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn of_two_ascii_names_that_look_the_same_one_is_refused(
            name in "[ -~]{1,8}",
            hidden in prop::sample::select(vec!['\u{200b}', '\u{200c}', '\u{200d}', '\u{ad}',
                '\u{2060}', '\u{feff}', '\u{202e}', '\u{180e}', '\u{e0041}', '\u{0}']),
            at in 0_usize..8,
        ) {
            let mut other: Vec<char> = name.chars().collect();
            other.insert(at.min(other.len()), hidden);
            prop_assert!(check_name(&name).is_ok());
            prop_assert!(check_name(&other.into_iter().collect::<String>()).is_err());
        }
    }
}
