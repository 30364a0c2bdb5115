/// Whether a text shows nothing: it is empty, white space, or what [`is_invisible`] names.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// Whether a character takes no room and leaves none: control characters other than white space,
/// joiners, fillers, direction marks, variation selectors and tags (Unicode's
/// `Default_Ignorable_Code_Point` and the interlinear annotations). Texts that differ in such only
/// look the same.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() && !c.is_whitespace();
    }
    c.is_control() && !c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unicode_says_to_ignore_is_invisible() {
        use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        let seen = |c: &char| ignorable.contains(*c) && !is_invisible(*c);
        assert_eq!(('\0'..=char::MAX).filter(seen).collect::<String>(), "");
    }

    #[test]
    fn what_nobody_can_see_is_blank() {
        for blank in ["", " \n\t", "\u{200b}\u{feff}", "\u{3164}", "\u{202e} \u{200f}", "\u{7}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in ["a", "\u{200b}.", "👍\u{fe0f}", "é", "e\u{301}"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }
}
