use proptest::prelude::*;

use super::*;

const B: Label = Label::of(1);
const D: Label = Label::of(3);
const LEGAL: [Move; 5] =
    [Move::Speak(B), Move::AskEvidence(B), Move::Speak(D), Move::AskEvidence(D), Move::CallVote];

#[test]
fn a_move_is_read_from_an_object_from_prose_around_one_or_bare() {
    for (reply, expected) in [
        (r#"{"move":"speak:B"}"#, Move::Speak(B)),
        (" {\"move\": \"call_vote\"}\n", Move::CallVote),
        ("I choose:\n```json\n{\"move\":\"ask_evidence:D\"}\n```", Move::AskEvidence(D)),
        ("speak:D", Move::Speak(D)),
        ("**Speak:D.**", Move::Speak(D)),
        ("call_vote", Move::CallVote),
    ] {
        assert_eq!(read(reply, false, &LEGAL), Ok(expected), "{reply}");
    }
}

#[test]
fn what_is_no_legal_move_is_not_guessed() {
    for reply in [
        "",
        "B",
        "Speaker B",
        "speak:A",
        "speak: B",
        "speak:B or speak:D",
        "move: speak:B",
        "vote call_vote",
        r#"{"move":"speak:A"}"#,
        r#"{"move":"speak:Speaker B"}"#,
        r#"{"move":"end_round"}"#,
        r#"{"move":["speak:B"]}"#,
        r#"["speak:B"]"#,
        r#"{"move":"speak:B","reason":"fair"}"#,
        r#"{"move":"speak:B","move":"speak:D"}"#,
        r#"{"move":"speak:B"}{"move":"speak:D"}"#,
        r#"{"choice":"speak:B"}"#,
    ] {
        assert!(read(reply, false, &LEGAL).is_err(), "{reply}");
    }
    assert!(read("call_vote", false, &LEGAL[..4]).is_err(), "not yet");
}

proptest! {
    #[test]
    fn whatever_is_read_is_legal(reply in r#".*|\{?"?(move)?"?:? ?"?(speak|ask_evidence|call_vote):?[A-E]?"?\}?.?"#) {
        let legal = &LEGAL[..3];
        if let Ok(chosen) = read(&reply, false, legal) {
            prop_assert!(legal.contains(&chosen));
        }
    }
}

#[test]
fn a_move_that_its_reply_takes_back_is_none() {
    let object = r#"{"move":"speak:B"}"#;
    for reply in
        [format!("Not {object}"), format!("For example {object}"), format!("{object} or speak:D")]
    {
        assert!(read(&reply, false, &LEGAL).is_err(), "{reply}");
    }
    assert!(read(&format!("I choose {object}"), true, &LEGAL).is_err());
    assert!(read(object, true, &LEGAL).is_ok());
}
