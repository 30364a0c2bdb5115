use unicode_normalization::UnicodeNormalization;

/// The form in which two answers are compared.
///
/// NFKC; lower case; each run of white space becomes one space; then, until nothing changes:
/// trimmed, quotes, `*`, `_` and backticks removed from both ends, `.,;:!?` from the end. Inner
/// punctuation stays, so `C`, `C++` and `C#` differ.
///
/// ```
/// use synod_domain::norm;
/// assert_eq!(norm("  **“Ban  cars.”** "), "ban cars");
/// assert_ne!(norm("C++"), norm("C#"));
/// ```
#[must_use]
pub fn norm(text: &str) -> String {
    let folded = text.nfkc().collect::<String>().to_lowercase();
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

    proptest! {
        #[test]
        fn norm_is_stable(text in "\\PC*") {
            let once = norm(&text);
            prop_assert_eq!(norm(&once), once);
        }
    }
}
