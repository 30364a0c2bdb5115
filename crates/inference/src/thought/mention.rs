//! A closing mark that no opening one precedes: either the thought before it was opened by the
//! prompt, or the reply speaks of such marks.

/// Whether the reply only mentions the mark between these texts; `open` is its opening
/// mark. `None`: more of the text is needed.
pub(super) fn is_one(
    before: &str,
    open: &str,
    after: &str,
    is_object: bool,
    is_last: bool,
) -> Option<bool> {
    let names_opening = before.to_ascii_lowercase().contains(&open.to_ascii_lowercase());
    if names_opening || is_in_code(before) {
        return Some(true);
    }
    if is_object && before.trim_start().starts_with(['{', '[']) {
        return begins_json(after, is_last).map(|begins| !begins);
    }
    is_within_a_sentence(before, after, is_last)
}

/// Within a block of code that is not closed.
fn is_in_code(before: &str) -> bool {
    before.matches("```").count() % 2 == 1
}

/// White space behind which no JSON is awaited any more.
const MOST_SPACE: usize = 256;

/// What follows is JSON, so that what came before was not the reply.
fn begins_json(after: &str, is_last: bool) -> Option<bool> {
    match after.trim_start().chars().next() {
        Some(c) => Some(matches!(c, '{' | '[' | '`')),
        None if is_last || after.len() > MOST_SPACE => Some(false),
        None => None,
    }
}

/// In quotation marks, or with the rest of a sentence around it.
fn is_within_a_sentence(before: &str, after: &str, is_last: bool) -> Option<bool> {
    let previous = before.chars().next_back();
    let is_quote = |c: char| "`\"'“”‘’«»".contains(c);
    let mut following = after.chars();
    let next = following.next();
    if next.is_none() && !is_last {
        return None;
    }
    if previous.is_some_and(is_quote) && next.is_some_and(is_quote) {
        return Some(true);
    }
    let words = before.trim_end_matches([' ', '\t']);
    let ends_a_sentence =
        words.chars().next_back().is_none_or(|c| c.is_whitespace() || ".!?:;…。！？".contains(c));
    if words.len() == before.len() || ends_a_sentence {
        return Some(false);
    }
    match next {
        None | Some('.' | ',' | ';' | ':' | '!' | '?' | ')') => Some(true),
        Some(' ') => match following.next() {
            None if !is_last => None,
            other => Some(other.is_some_and(|c| c.is_lowercase() || c == '(')),
        },
        Some(_) => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_mention(before: &str, after: &str) -> bool {
        is_one(before, "<think>", after, false, true).unwrap()
    }

    #[test]
    fn a_mark_closes_a_thought_or_is_a_word_of_a_sentence() {
        for (before, after) in [
            ("Hm, so yes.\n", "\n\nYes."),
            ("Hm, so yes.", "Yes."),
            ("hm", "Hello"),
            ("Hm, so yes. ", " yes"),
            ("Hm, so yes ", " Yes"),
            ("They say \"yes\"", "\nYes"),
            ("", "Yes"),
        ] {
            assert!(!is_mention(before, after), "{before:?} {after:?}");
        }
        for (before, after) in [
            ("Models end a thought with `", "`."),
            ("The tag \"", "\" ends it."),
            ("A stray ", " tag leaks the thought."),
            ("A thought ends with ", "."),
            ("A thought ends with ", ""),
            ("Between <think> and ", " stands the thought."),
            ("```\nhm\n", "\nYes\n```"),
        ] {
            assert!(is_mention(before, after), "{before:?} {after:?}");
        }
    }

    #[test]
    fn an_object_holds_the_mark_unless_json_follows_it() {
        let is_mention = |before, after| is_one(before, "<think>", after, true, true).unwrap();
        assert!(is_mention(r#"{"reason": "the "#, r#" tag"}"#));
        assert!(!is_mention(r#"{"a": 1} or not?"#, "\n{\"a\": 2}"));
        assert!(!is_mention("I vote for A.", "{\"a\": 2}"));
        assert_eq!(is_one("{", "<think>", "  ", true, false), None);
    }
}
