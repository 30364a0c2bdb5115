use unicode_normalization::UnicodeNormalization;

use crate::is_invisible;

/// The form in which two answers are compared.
///
/// Without invisible characters; NFKC; lower case; each run of white space becomes one space; then,
/// until nothing changes: trimmed, quotes, `*`, `_` and backticks removed from both ends, `.,;:!?`
/// from the end. Inner punctuation stays, so `C`, `C++` and `C#` differ.
///
/// ```
/// use synod_domain::norm;
/// assert_eq!(norm("  **“Ban  cars.”** "), "ban cars");
/// assert_ne!(norm("C++"), norm("C#"));
/// ```
#[must_use]
pub fn norm(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let folded = if text.is_ascii() {
        visible.map(|c| c.to_ascii_lowercase()).collect()
    } else {
        // Lower case is not always composed: `I` with two accents is not.
        visible.nfkc().collect::<String>().to_lowercase().nfkc().collect::<String>()
    };
    let spaced = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = spaced.as_str();
    loop {
        let stripped =
            rest.trim().trim_matches(is_quote).trim_end_matches(['.', ',', ';', ':', '!', '?']);
        if stripped == rest {
            return rest.to_owned();
        }
        rest = stripped;
    }
}

/// Whether two texts are the same answer: equal under [`norm`], and not empty.
#[must_use]
pub fn same_answer(a: &str, b: &str) -> bool {
    let a = norm(a);
    !a.is_empty() && a == norm(b)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '*' | '_' | '“' | '”' | '‘' | '’' | '`')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_decorates_an_answer_is_no_part_of_it() {
        for text in ["Ban cars", " ban   cars. ", "**Ban cars**", "“ban cars”!", "`'ban cars';'`"]
        {
            assert_eq!(norm(text), "ban cars", "{text:?}");
        }
        assert!(!same_answer("…", "!"));
        assert!(!same_answer("", " "));
        assert_ne!(norm("C++"), norm("C"));
    }

    /// People, and models, cannot tell such answers apart.
    #[test]
    fn what_cannot_be_seen_makes_no_other_answer() {
        for text in
            ["Ban\u{200b} cars", "\u{202e}ban cars", "ban cars\u{200f}.", "ba\u{ad}n\u{7} cars"]
        {
            assert_eq!(norm(text), "ban cars", "{text:?}");
        }
        assert_eq!(norm("\u{3164}\u{feff}"), "");
    }

    #[test]
    fn an_accent_after_an_accent_is_the_same_at_any_case() {
        assert_eq!(norm("I\u{327}\u{307}"), norm("i\u{327}\u{307}"));
    }

    proptest! {
        #[test]
        fn norm_is_stable(text in any::<String>()) {
            let once = norm(&text);
            prop_assert_eq!(norm(&once), once);
        }

        #[test]
        fn norm_is_blind_to_case_and_composition(text in "[a-zA-Zäéİßσς \u{300}-\u{330}]{0,8}") {
            use unicode_normalization::UnicodeNormalization;
            let forms = [text.nfc().collect::<String>(), text.nfd().collect(), text.nfkd().collect()];
            for form in forms {
                prop_assert_eq!(norm(&form), norm(&text));
            }
        }
    }
}
