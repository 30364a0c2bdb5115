//! What a reply means depends on what is expected, on its end, and on what the server separates.

use super::{super::*, split};

#[test]
fn a_ballot_after_a_short_line_and_thought_is_the_reply() {
    let text =
        "Sure.\n<think>I could say {\"choice\": \"O2\"}.</think>\n{\"choice\": \"O1\"}<|im_end|>";
    assert_eq!(split([text], true, false, false).1, "{\"choice\": \"O1\"}");
}

#[test]
fn a_heading_of_a_thought_that_is_cut_leaves_no_reply() {
    let text = "Here is my thought process:\nHm";
    assert_eq!(split([text], false, false, true), (text.to_owned(), String::new(), Some(false)));
}

#[test]
fn an_expected_thought_lasts_until_it_closes() {
    let mut splitter = ThoughtSplitter::new(false, true);
    assert_eq!(splitter.push("Hm, "), [Part::Thought("Hm, ".into())]);
    assert_eq!(
        splitter.push("so.\n</think>\n\nYes."),
        [Part::Thought("so.\n".into()), Part::Reply("Yes.".into())]
    );
    assert_eq!(splitter.finish(false), []);
    assert_eq!(splitter.opened_in_thought(), Some(true));
}

#[test]
fn an_expected_thought_without_an_end_is_the_reply() {
    let ended = split(["Ye", "s."], false, true, false);
    assert_eq!(ended, (String::new(), "Yes.".to_owned(), Some(false)));
    let cut = split(["Hm, ", "so"], false, true, true);
    assert_eq!(cut, ("Hm, so".to_owned(), String::new(), None));
    let object = split([" {\"a\"", ": 1}"], true, true, false);
    assert_eq!(object, (String::new(), " {\"a\": 1}".to_owned(), None));
}

#[test]
fn thought_that_the_server_separates_is_not_searched_for() {
    let mut splitter = ThoughtSplitter::new(false, true);
    splitter.reported_thought("Hm.");
    assert_eq!(splitter.push("Yes."), [Part::Reply("Yes.".into())]);
    assert_eq!(splitter.opened_in_thought(), Some(false));
}

#[test]
fn a_correction_tells_all_that_was_thought() {
    let mut splitter = ThoughtSplitter::new(false, false);
    splitter.reported_thought("A. ");
    assert_eq!(splitter.push("Hm."), [Part::Reply("Hm.".into())]);
    let corrected = Part::Corrected { thought: "A. Hm.".into(), reply: String::new() };
    assert_eq!(splitter.push("</think>Yes."), [corrected, Part::Reply("Yes.".into())]);
}

#[test]
fn a_ballot_may_hold_a_mark_in_its_text() {
    let ballot = r#"{"choice": "O1", "reason": "the </think> tag"}"#;
    assert_eq!(split([ballot], true, false, false).1, ballot);
    let (thought, reply, _) =
        split([r#"{"choice": "O2"}? No."#, "\n</think>\n\n", ballot], true, false, false);
    assert_eq!((thought.as_str(), reply.as_str()), ("{\"choice\": \"O2\"}? No.\n", ballot));
}

#[test]
fn a_cut_mark_is_no_reply() {
    assert_eq!(split(["<thi"], false, false, true).1, "");
    assert_eq!(split(["<thi"], false, false, false).1, "<thi");
}

#[test]
fn thought_behind_a_ballot_is_no_part_of_it() {
    let ballot = r#"{"choice": "O1", "reason": "a {b}"}"#;
    for later in [
        "<think>Wait, {\"choice\": \"O2\"} would be wrong.</think>",
        "\n\n<thinking>\nI could not say more.\n</thinking>\n",
        "\n[THINK]Hm[/THINK]",
        "\n<think>Hm, and never",
        "\n```thinking\nO2 is not it.\n```\n",
    ] {
        for text in [format!("{ballot}{later}"), format!("```json\n{ballot}\n```\n{later}")] {
            let said = |pieces: Vec<&str>| split(pieces, true, false, false).1;
            let whole = said(vec![&text]);
            let alone = whole.trim_matches(|c: char| c.is_whitespace() || c == '`');
            assert_eq!(alone.trim_start_matches("json\n"), ballot, "{text}");
            assert_eq!(
                said(text.split_inclusive(|_| true).collect()).trim(),
                whole.trim(),
                "{text}"
            );
        }
        let statement = format!("{ballot}{later}");
        assert_eq!(split([&*statement], false, false, false).1, statement, "a statement");
    }
    let two = format!("{ballot}<think>Hm</think>{ballot}");
    assert_eq!(split([&*two], true, false, false).1, ballot.repeat(2));
    let prose = format!("{ballot} is what <think> means.");
    assert_eq!(split([&*prose], true, false, false).1, prose);
}
