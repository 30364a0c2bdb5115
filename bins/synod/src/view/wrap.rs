//! Line wrapping for terminals. No line ends within a word, because options, model names and addresses are
//! often copied from a terminal. Only words wider than the terminal are broken.

use textwrap::{Options, WordSeparator, WordSplitter, core::Word, core::display_width};

/// Wraps a text. Tabs become four spaces.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    wrap_indented(text, width, "")
}

/// Wraps a text with `indent` before all lines but the first.
pub(crate) fn wrap_indented(text: &str, width: usize, indent: &str) -> Vec<String> {
    let text = text.replace('\t', "    ");
    let options = Options::new(width.max(1))
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .subsequent_indent(indent);
    textwrap::wrap(&text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// Splits a line into the words between which it may break.
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

/// Whether a line may break between two characters: after spaces, and next to characters of scripts that
/// are written without spaces.
fn may_break(c: char, next: char) -> bool {
    if c == ' ' || next == ' ' {
        return c == ' ' && next != ' ';
    }
    (is_spaceless(c) || is_spaceless(next)) && !opens(c) && !closes(next)
}

/// Whether a character belongs to a script without spaces or to its punctuation. Korean uses spaces.
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

/// Whether a line must not end with this character.
fn opens(c: char) -> bool {
    "([{「『（【《〈〔［｛“‘«".contains(c)
}

/// Whether a line must not begin with this character.
fn closes(c: char) -> bool {
    let is_mark = ".,;:!?)]}、。，．・：；？！」』）】》〉〕］｝”’»…ー々".contains(c);
    // Nor with a combining character.
    is_mark || display_width(c.encode_utf8(&mut [0; 4])) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hyphenated_names_and_addresses_are_not_broken() {
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
    fn chinese_and_japanese_fill_lines_korean_breaks_at_spaces() {
        let lines = wrap("答え：センターは車に閉鎖すべきです。理由（主に）は安全です。", 20);
        assert_eq!(lines, ["答え：センターは車に", "閉鎖すべきです。理由", "（主に）は安全です。"]);
        // A line must not begin with 。.
        assert_eq!(wrap("センターは車に閉鎖。", 18), ["センターは車に閉", "鎖。"]);
        assert_eq!(wrap("Answer 我们应该关闭它", 13), ["Answer 我们应", "该关闭它"]);
        assert_eq!(wrap("도심을 차량에서 폐쇄", 10), ["도심을", "차량에서", "폐쇄"]);
        // The family emoji is a single character.
        assert_eq!(wrap("aa 👩‍👩‍👧 bb", 7), ["aa", "👩‍👩‍👧", "bb"]);
    }

    #[test]
    fn words_wider_than_the_terminal_are_broken_without_loss() {
        let long = format!("see {} now", "x".repeat(100));
        let lines = wrap(&long, 40);
        assert!(lines.iter().all(|line| line.len() <= 40), "{lines:#?}");
        assert_eq!(lines.concat().replace(' ', ""), long.replace(' ', ""));
    }

    #[test]
    fn indent_precedes_all_lines_but_the_first() {
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
