use proptest::prelude::*;

use super::*;

fn form() -> (BallotForm, Vec<DebateOption>) {
    let options = DebateOption::list(["Ban cars", "Keep cars"]);
    let form = BallotForm {
        choices: options.clone(),
        may_propose: true,
        moved_by: Some(vec![TurnNo(1), TurnNo(3)]),
    };
    (form, options)
}

fn read_it(reply: &str) -> Result<(Cast, Rung), String> {
    let (form, options) = form();
    read(reply, &form, &options)
}

fn vote(reply: &str) -> Option<(String, Rung)> {
    let (cast, rung) = read_it(reply).ok()?;
    Some((cast.option.map_or("-".to_owned(), |o| o.to_string()), rung))
}

#[test]
fn a_whole_object_is_strict() {
    let reply = r#"{"choice":"Keep cars","confidence":0.8,"moved_by":"S3"}"#;
    let (cast, rung) = read_it(reply).unwrap();
    assert_eq!((cast.option, rung), (OptionId::at(1), Rung::Strict));
    assert_eq!(cast.moved_by, Some(TurnNo(3)));
    assert_eq!(cast.confidence.map(Confidence::get), Some(0.8));
}

/// As hosts write it that take no choice between two objects, and models that are asked in words.
#[test]
fn a_new_option_that_is_null_is_none() {
    let reply = r#"{"choice":"Keep cars","confidence":0.5,"new_option":null,"moved_by":"none"}"#;
    assert_eq!(vote(reply), Some(("O2".into(), Rung::Strict)));
    let fenced = format!("```json\n{reply}\n```");
    assert_eq!(vote(&fenced), Some(("O2".into(), Rung::Embedded)));
    let both = reply.replace("null", "\"Ban trucks\"");
    assert!(read_it(&both).is_err(), "a vote and a proposal are no ballot");
    let new = both.replace("Keep cars", "new");
    assert_eq!(read_it(&new).unwrap().0.proposal.as_deref(), Some("Ban trucks"));
}

#[test]
fn an_object_in_prose_is_embedded_and_two_are_nothing() {
    let one = r#"Here: {"choice":"O1","confidence":1,"moved_by":"none"} as asked."#;
    assert_eq!(vote(one), Some(("O1".into(), Rung::Embedded)));
    let stuffed = format!("{one} {one}");
    assert!(read_it(&stuffed).is_err(), "someone else's ballot in the reply counts for nobody");
}

#[test]
fn a_bare_choice_is_equality_not_mention() {
    for reply in [
        "O2",
        "o2.",
        "Vote: Keep cars",
        "**Answer: keep cars**",
        "option O2",
        "Option: 'Keep cars'!",
    ] {
        assert_eq!(vote(reply), Some(("O2".into(), Rung::Bare)), "{reply}");
    }
    assert_eq!(vote("abstain"), Some(("-".into(), Rung::Bare)));
    for reply in [
        "I reject O2",
        "O2 and O1",
        "Option 1 of 3",
        "13",
        "2",
        "not Keep cars",
        "agree",
        "new",
        "",
    ] {
        assert!(read_it(reply).is_err(), "{reply}");
    }
}

#[test]
fn an_array_is_no_object() {
    for reply in [r#"["O1",1,null,"none"]"#, r#" ["Keep cars", 0.5, null, "S3"] "#] {
        assert!(read_it(reply).is_err(), "{reply}");
    }
    assert!(read_ruling(r#"["O1"]"#, &form().1).is_err());
}

#[test]
fn confidence_is_clamped_since_grammars_do_not_bound_it() {
    let reply = r#"{"choice":"O1","confidence":97.0,"moved_by":"none"}"#;
    assert_eq!(read_it(reply).unwrap().0.confidence.map(Confidence::get), Some(1.0));
}

#[test]
fn what_breaks_the_form_is_invalid_and_says_why() {
    for (reply, why) in [
        (r#"{"choice":"O3","confidence":1,"moved_by":"none"}"#, "names none of the choices"),
        (r#"{"choice":"O1","confidence":1}"#, "`moved_by` is missing"),
        (r#"{"choice":"O1","confidence":1,"moved_by":"S2"}"#, "none of the statements"),
        (r#"{"choice":"O1","confidence":1,"moved_by":"none","because":1}"#, "unknown field"),
        (r#"{"choice":"O1","choice":"O2","confidence":1,"moved_by":"none"}"#, "duplicate field"),
        (r#"{"choice":"O1","moved_by":"none"}"#, "missing field"),
        (r#"{"choice":"O1","confidence":1,"moved_by":"none","new_option":"x"}"#, "goes with"),
        (r#"{"choice":"new","confidence":1,"moved_by":"none"}"#, "needs `new_option`"),
        (
            r#"{"choice":"new","new_option":"O4","confidence":1,"moved_by":"none"}"#,
            "mean something else",
        ),
        (
            r#"{"choice":"new","new_option":"...","confidence":1,"moved_by":"none"}"#,
            "letter or a digit",
        ),
        ("prose about cars", "not one whole JSON object"),
    ] {
        let error = read_it(reply).unwrap_err();
        assert!(error.contains(why), "{reply}: {error}");
    }
}

#[test]
fn a_new_option_that_exists_is_a_vote_for_it() {
    let reply = r#"{"choice":"new","new_option":" keep CARS. ","confidence":1,"moved_by":"none"}"#;
    assert_eq!(vote(reply), Some(("O2".into(), Rung::Strict)));
    let reply = r#"{"choice":"new","new_option":"Toll roads","confidence":1,"moved_by":"none"}"#;
    let (cast, _) = read_it(reply).unwrap();
    assert_eq!(
        (cast.result, cast.proposal.as_deref()),
        (BallotResult::Abstain, Some("Toll roads"))
    );
}

/// What cannot be seen neither hides a vote nor makes a second option of the same answer.
#[test]
fn invisible_characters_make_no_other_answer() {
    assert_eq!(vote("O2\u{200f}"), Some(("O2".into(), Rung::Bare)));
    let new = |option: &str| {
        read_it(&format!(
            r#"{{"choice":"new","new_option":"{option}","confidence":1,"moved_by":"none"}}"#
        ))
    };
    for keep in ["Keep\u{200b} cars", "\u{202e}keep cars", r"keep\u0007 cars", r"Keep\r\ncars"] {
        assert_eq!(new(keep).unwrap().0.option, OptionId::at(1), "{keep:?}");
    }
    for nothing in ["\u{3164}", "abs\u{200b}tain", "O4\u{feff}"] {
        assert!(new(nothing).is_err(), "{nothing:?}");
    }
    let escaped = new(r"Toll\u001b[2J roads\u0000").unwrap().0;
    assert_eq!(escaped.proposal.as_deref(), Some("Toll[2J roads"));
}

#[test]
fn a_judge_names_one_of_the_tied() {
    let (form, _) = form();
    assert_eq!(read_ruling(r#"{"choice":"O2"}"#, &form.choices).ok(), OptionId::at(1));
    assert_eq!(read_ruling("O1", &form.choices).ok(), OptionId::at(0));
    assert!(read_ruling(r#"{"choice":"abstain"}"#, &form.choices).is_err());
    assert!(read_ruling("both", &form.choices).is_err());
}

proptest! {
    #[test]
    fn whatever_is_said_a_vote_names_a_choice(reply in "\\PC{0,200}") {
        if let Ok((cast, _)) = read_it(&reply) {
            let (form, _) = form();
            prop_assert!(cast.option.is_none_or(|o| form.choices.iter().any(|c| c.id == o)));
            prop_assert_eq!(cast.option.is_some(), cast.result == BallotResult::Vote);
        }
    }

    #[test]
    fn prose_around_two_choices_never_becomes_a_vote(a in "[a-z ]{1,20}", b in "[a-z ]{1,20}") {
        let reply = format!("{a} O1 {b} O2");
        prop_assert!(read_it(&reply).is_err(), "{}", reply);
    }
}
