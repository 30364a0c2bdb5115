use std::collections::HashSet;

use synod_domain::{is_blank, norm};

/// A reply without the lines of its prompt that it begins with. `frame` is the prompt without what
/// others said: what a model says again of that is the rules' to judge.
pub(super) fn without_echo(reply: &str, frame: &str) -> String {
    let lines: HashSet<String> = frame.lines().map(norm).filter(|line| !line.is_empty()).collect();
    let is_echo = |line: &str| is_blank(line) || lines.contains(&norm(line));
    let mut said = reply;
    while let Some(line) = said.split_inclusive('\n').next().filter(|line| is_echo(line)) {
        said = &said[line.len()..];
    }
    said.to_owned()
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
        for said in ["It rains.", "Argue for it.", "Yes", "PASS", "", "Answer: Yes\nOptions:"] {
            assert_eq!(without_echo(said, FRAME), said);
        }
    }
}
