//! Texts on lines of a terminal. No line ends within a word: options, names of models and addresses
//! are often copied from it. Only words wider than the terminal are broken.

use textwrap::{Options, WordSeparator, WordSplitter, core::Word, core::display_width};

/// A text on as many lines as it needs. Tabs become four spaces.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    wrap_indented(text, width, "")
}

/// The same with `indent` before all lines but the first.
pub(crate) fn wrap_indented(text: &str, width: usize, indent: &str) -> Vec<String> {
    let text = text.replace('\t', "    ");
    let options = Options::new(width.max(1))
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .subsequent_indent(indent);
    textwrap::wrap(&text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// The words between which lines may break.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let chars = line.char_indices();
    let breaks = chars.clone().zip(chars.skip(1));
    let breaks = breaks.filter(|((_, c), (_, next))| may_break(*c, *next)).map(|(_, (at, _))| at);
    let ends = breaks.chain((!line.is_empty()).then_some(line.len()));
    Box::new(ends.scan(0, |from, end| {
        let word = Word::from(&line[*from..end]);
        *from = end;
        Some(word)
    }))
}

/// Whether a line may end between two characters: behind spaces, and beside the characters of scripts
/// that are written without spaces.
fn may_break(c: char, next: char) -> bool {
    if c == ' ' || next == ' ' {
        return c == ' ' && next != ' ';
    }
    (is_spaceless(c) || is_spaceless(next)) && !opens(c) && !closes(next)
}

/// Whether a character is of a script without spaces, or its punctuation. Korean has spaces.
fn is_spaceless(c: char) -> bool {
    if c.is_ascii()
        || ('\u{1100}'..='\u{11ff}').contains(&c)
        || ('\u{ac00}'..='\u{d7a3}').contains(&c)
    {
        return false;
    }
    let is_wide = display_width(c.encode_utf8(&mut [0; 4])) == 2;
    is_wide && (c.is_alphabetic() || closes(c) || opens(c))
}

/// Whether no line ends with a character.
fn opens(c: char) -> bool {
    "([{「『（【《〈〔［｛“‘«".contains(c)
}

/// Whether no line begins with a character.
fn closes(c: char) -> bool {
    let is_mark = ".,;:!?)]}、。，．・：；？！」』）】》〉〕］｝”’»…ー々".contains(c);
    // Nor with what joins the character before.
    is_mark || display_width(c.encode_utf8(&mut [0; 4])) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn options_models_and_addresses_are_never_broken_at_their_hyphens() {
        let text = "Set --require-consensus for qwen2.5-coder:32b-instruct-q4_K_M, or see \
                    https://synod.example/docs/well-known/hosts?a=b-c for what well-known hosts do.";
        for width in 50..100 {
            let lines = wrap(text, width);
            assert_eq!(lines.join(" "), text, "{width}");
            for line in &lines {
                assert!(display_width(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn chinese_and_japanese_fill_lines_and_korean_breaks_at_spaces() {
        let lines = wrap("答え：センターは車に閉鎖すべきです。理由（主に）は安全です。", 20);
        assert_eq!(lines, ["答え：センターは車に", "閉鎖すべきです。理由", "（主に）は安全です。"]);
        // No line begins with 。 though it would fit there.
        assert_eq!(wrap("センターは車に閉鎖。", 18), ["センターは車に閉", "鎖。"]);
        assert_eq!(wrap("Answer 我们应该关闭它", 13), ["Answer 我们应", "该关闭它"]);
        assert_eq!(wrap("도심을 차량에서 폐쇄", 10), ["도심을", "차량에서", "폐쇄"]);
        // A family is one character.
        assert_eq!(wrap("aa 👩‍👩‍👧 bb", 7), ["aa", "👩‍👩‍👧", "bb"]);
    }

    #[test]
    fn what_is_wider_than_the_terminal_is_broken_and_nothing_is_lost() {
        let long = format!("see {} now", "x".repeat(100));
        let lines = wrap(&long, 40);
        assert!(lines.iter().all(|line| line.len() <= 40), "{lines:#?}");
        assert_eq!(lines.concat().replace(' ', ""), long.replace(' ', ""));
    }

    #[test]
    fn an_indent_stands_before_all_lines_but_the_first() {
        assert_eq!(wrap_indented("ok one two three", 9, "   "), ["ok one", "   two", "   three"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(
            text in "([a-z-]{1,9}|[雪国語。「」]{1,9}|\u{1b}\\[1m[a-z]{1,5}\u{1b}\\[0m| ){0,40}",
            width in 12_usize..80,
        ) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(display_width(line) <= width, "{}: {:?}", width, line);
            }
            let dense = |text: &str| text.replace(' ', "");
            prop_assert_eq!(dense(&lines.concat()), dense(&text));
        }
    }
}
