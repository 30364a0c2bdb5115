use std::collections::HashSet;

use synod_domain::{is_blank, norm, sentences};

/// A reply without the lines and sentences of its prompt that it begins with. `frame` is the prompt
/// without what others said: what a model says again of that is the rules' to judge.
pub(super) fn without_echo(reply: &str, frame: &str) -> String {
    let lines = normed(frame.lines());
    // A single word may be the statement: `PASS`, or an option.
    let is_long = |sentence: &&str| sentence.split_whitespace().nth(2).is_some();
    let told = normed(frame.lines().flat_map(sentences).filter(is_long));
    let is_echo = |line: &str| is_blank(line) || lines.contains(&norm(line));
    let mut said = reply;
    loop {
        let line = said.split_inclusive('\n').next().unwrap_or_default();
        let sentence = sentences(line).next().unwrap_or_default();
        if !line.is_empty() && is_echo(line) {
            said = &said[line.len()..];
        } else if !sentence.is_empty() && told.contains(&norm(sentence)) {
            let at = line.find(sentence).unwrap_or_default();
            said = said[at + sentence.len()..].trim_start_matches([' ', '\t']);
        } else {
            return said.to_owned();
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
    fn lines_of_the_prompt_before_a_statement_are_no_part_of_it() {
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
        for said in ["It rains.", "Argue for it.", "Yes", "PASS", "", "Answer: Yes\nOptions:"] {
            assert_eq!(without_echo(said, FRAME), said);
        }
    }
}
