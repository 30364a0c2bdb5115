use std::collections::HashSet;

use synod_domain::{is_blank, norm, sentences};

/// Returns a reply without the lines and sentences of its prompt at its beginning. `frame` is the prompt
/// without the statements: the rules judge a reply that repeats a statement.
pub(super) fn without_echo(reply: &str, frame: &str) -> String {
    let lines = normed(frame.lines());
    // One or two words may be the statement itself: `PASS`, or an option.
    let is_long = |sentence: &&str| sentence.split_whitespace().nth(2).is_some();
    let prompted = normed(frame.lines().flat_map(sentences).filter(is_long));
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

fn normed<'a>(parts: impl Iterator<Item = &'a str>) -> HashSet<String> {
    parts.map(norm).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
