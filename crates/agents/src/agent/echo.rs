use std::collections::HashSet;

use synod_domain::{is_blank, norm, sentences};

/// Returns a reply without the lines and sentences of its prompt at its beginning. `frame` is the prompt
/// without the statements: the rules judge a reply that repeats a statement.
pub(super) fn without_echo(reply: &str, frame: &str) -> String {
    let mut rest = reply;
    while let Some(line) = rest.split_inclusive('\n').next().filter(|line| is_blank(line)) {
        rest = &rest[line.len()..];
    }
    if begins_with_echo(rest, frame) { without_leading_echo(rest, frame) } else { rest.to_owned() }
}

/// Whether the first line or sentence of a reply is in its prompt. Few are, and the normal form of a whole
/// prompt takes longer than all else that is done with a reply: it is computed of likely parts only.
fn begins_with_echo(reply: &str, frame: &str) -> bool {
    let line = reply.lines().next().unwrap_or_default();
    let sentence = sentences(line).next().unwrap_or_default();
    let (line, sentence) = (norm(line), norm(sentence));
    let is = |part: &str, of_reply: &str| may_be(part, of_reply) && norm(part) == of_reply;
    let lines = || frame.lines().filter(|line| !is_blank(line));
    lines().any(|part| is(part, &line)) || long_sentences(frame).any(|part| is(part, &sentence))
}

/// Whether the normal form of a text may be this one: for ASCII, which it changes in case, spaces and marks
/// only, whether both begin with the same letter or digit.
fn may_be(text: &str, normal: &str) -> bool {
    let first = |text: &str| text.bytes().find(u8::is_ascii_alphanumeric);
    !text.is_ascii() || first(text).map(|byte| byte.to_ascii_lowercase()) == first(normal)
}

fn without_leading_echo(reply: &str, frame: &str) -> String {
    let lines = normed(frame.lines());
    let prompted = normed(long_sentences(frame));
    let is_echo = |line: &str| is_blank(line) || lines.contains(&norm(line));
    let mut rest = reply;
    loop {
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        let sentence = sentences(line).next().unwrap_or_default();
        if !line.is_empty() && is_echo(line) {
            rest = &rest[line.len()..];
        } else if !sentence.is_empty() && prompted.contains(&norm(sentence)) {
            let at = line.find(sentence).unwrap_or_default();
            rest = rest[at + sentence.len()..].trim_start_matches([' ', '\t']);
        } else {
            return rest.to_owned();
        }
    }
}

/// The sentences of a prompt without those of one or two words, which may be the statement itself: `PASS`, or
/// an option.
fn long_sentences(frame: &str) -> impl Iterator<Item = &str> {
    let is_long = |sentence: &&str| sentence.split_whitespace().nth(2).is_some();
    frame.lines().flat_map(sentences).filter(is_long)
}

fn normed<'a>(parts: impl Iterator<Item = &'a str>) -> HashSet<String> {
    parts.map(norm).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    const FRAME: &str = "Question: Why?\n\nOptions:\nO1: Yes\n\nYou are Speaker B.\nArgue.";

    #[test]
    fn prompt_lines_at_the_beginning_are_removed() {
        let reply = "Question: Why?\n\n**Options:**\nO1: Yes\nargue\n\nIt rains.\nO1: Yes";
        assert_eq!(without_echo(reply, FRAME), "It rains.\nO1: Yes");
        assert_eq!(without_echo("Argue.", FRAME), "");
        let own = "You are Speaker A, an analyst. Open the debate in at most 130 words.\nBelow it, argue.";
        for leaked in [
            "You are Speaker A, an analyst. Open the debate in at most 130 words. It rains.",
            "You are Speaker A, an analyst.\nOpen the debate in at most 130 words.\nIt rains.",
            "open the debate in at most 130 words. **You are Speaker A, an analyst.** It rains.",
        ] {
            assert_eq!(without_echo(leaked, own), "It rains.", "{leaked}");
        }
        for statement in ["It rains.", "Argue for it.", "Yes", "PASS", "", "Answer: Yes\nOptions:"]
        {
            assert_eq!(without_echo(statement, FRAME), statement);
        }
    }

    proptest! {
        /// The quick look decides as the thorough one does.
        #[test]
        fn a_reply_is_searched_thoroughly_whenever_it_begins_with_an_echo(
            mut reply in "[aA¡“\"*ß. \n-]{0,12}",
            frame in "([aAsS¡“\"*ß. \n-]{0,9}\n){0,4}",
            part in any::<prop::sample::Index>(),
        ) {
            let lines: Vec<_> = frame.lines().collect();
            if !lines.is_empty() {
                reply.insert_str(0, &format!("{}\n", part.get(&lines)));
            }
            prop_assert_eq!(without_echo(&reply, &frame), without_leading_echo(&reply, &frame));
        }
    }
}
