mod details;
mod embedded;

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

fn read_it(reply: &str) -> Result<(CountedBallot, Rung), String> {
    let (form, options) = form();
    read(reply, false, &form, &options)
}

fn vote(reply: &str) -> Option<(String, Rung)> {
    let (ballot, rung) = read_it(reply).ok()?;
    Some((ballot.option.map_or("-".to_owned(), |o| o.to_string()), rung))
}

#[test]
fn a_whole_object_is_strict() {
    let reply = r#"{"choice":"Keep cars","confidence":0.8,"moved_by":"S3"}"#;
    let (ballot, rung) = read_it(reply).unwrap();
    assert_eq!((ballot.option, rung), (OptionId::at(1), Rung::Strict));
    assert_eq!(ballot.moved_by, Some(TurnNo(3)));
    assert_eq!(ballot.confidence.map(Confidence::get), Some(0.8));
}

/// As hosts write it that take no choice between two objects, and models that are asked in words.
#[test]
fn a_new_option_that_is_null_is_none() {
    let reply = r#"{"choice":"Keep cars","confidence":0.5,"new_option":null,"moved_by":"none"}"#;
    assert_eq!(vote(reply), Some(("O2".into(), Rung::Strict)));
    let fenced = format!("```json\n{reply}\n```");
    assert_eq!(vote(&fenced), Some(("O2".into(), Rung::Embedded)));
    assert_eq!(vote(&reply.replace("null", "\" \"")), Some(("O2".into(), Rung::Strict)));
    let again = reply.replace("null", "\"O2: keep cars\"");
    assert_eq!(vote(&again), Some(("O2".into(), Rung::Strict)), "it names one answer");
    assert!(read_it(&reply.replace("null", "\"Ban cars\"")).is_err());
    for nothing in ["none", "null", "N/A", "-", "no other option", "Keine", "2"] {
        let said = reply.replace("null", &format!("{nothing:?}"));
        assert_eq!(vote(&said), Some(("O2".into(), Rung::Strict)), "{nothing}");
    }
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
        "Answer – Keep cars",
        "Answer - Keep cars",
        "**Answer** — Keep cars",
        "Answer—Keep cars",
        "Answer is: Keep cars",
        "**Vote is**: O2",
        "My vote: O2",
        "**My vote:** Keep cars",
        "My final answer is: Keep cars",
        "Final choice – Keep cars",
        "The answer is: Keep cars",
        "I vote for O2.",
        "I vote: Keep cars",
        "I vote for **Keep cars**",
        "I choose O2",
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
        "I vote for not Keep cars",
        "I vote against O2",
        "My vote: not O2",
        "My vote is not O2",
        "I vote for O2 or O1",
        "Their vote: O2",
        "agree",
        "new",
        "",
    ] {
        assert!(read_it(reply).is_err(), "{reply}");
    }
}

/// Servers take a stop text off the end, and small models forget the brace.
#[test]
fn an_object_that_lacks_only_its_end_is_a_vote() {
    let read_closed = |reply: &str| {
        let (cast, rung) = read_it(reply).ok()?;
        assert_eq!((cast.option, rung), (OptionId::at(1), Rung::Embedded), "{reply}");
        Some((cast.confidence.map(Confidence::get), cast.moved_by))
    };
    let three = Some(TurnNo(3));
    for (reply, said) in [
        (r#"{"choice":"O2","confidence":0.8,"moved_by":"S3""#, (Some(0.8), three)),
        (r#"{"choice":"O2","moved_by":"S3","confidence":0.8"#, (None, three)),
        (r#"{"choice":"O2","confidence":0.8,"#, (Some(0.8), None)),
        (r#"{"choice":"O2","confidence":"#, (None, None)),
        (r#"{"choice":"O2","confidence":0.8,"moved_by":"S"#, (Some(0.8), None)),
        (r#"{"choice":"Keep cars""#, (None, None)),
        ("```json\n{\"choice\":\"O2\",\"confidence\":0.8,\n", (Some(0.8), None)),
        (r#"{"confidence":0.8,"choice":"O2""#, (Some(0.8), None)),
    ] {
        assert_eq!(read_closed(reply), Some(said), "{reply}");
        let (form, options) = form();
        assert!(read(reply, true, &form, &options).is_err(), "{reply}: more would have followed");
    }
    // A text at the end may go on.
    let options = DebateOption::list(["Keep", "Keep it"]);
    let form = BallotForm { choices: options.clone(), may_propose: false, moved_by: None };
    for damaged in [r#"{"choice":"Keep"#, r#"{ "vote": "Keep"#] {
        assert!(read(damaged, false, &form, &options).is_err(), "{damaged}");
    }
    assert!(read("Keep", true, &form, &options).is_err(), "`it` may have followed");
    for damaged in [
        r#"{"choice":"O2"#,
        r#"{"choice":"Keep"#,
        r#"{"choice":"#,
        r#"{"choice":"O2","new_option":"Rent"#,
        r#"{"choice":"O2","new_"#,
        r#"{"choice":"O2","choice":"O1""#,
        r#"{"choice":"O2","because":"x""#,
        r#"{"vote":"O2","confidence":0.8"#,
        r#"{"choice":"O2","confidence":0.8 I am sure"#,
        r#"{"choice":"O1"} {"choice":"O2""#,
        r#"{"choice":"O2","confidence":{"is":0.8}"#,
    ] {
        let cast = read_it(damaged).ok();
        assert!(cast.is_none() || damaged.ends_with('}'), "{damaged}");
    }
}

#[test]
fn leading_numbers_that_distinguish_options_are_kept() {
    let options = DebateOption::list(["Juni", "5. Juni", "6. Juni", "Mai"]);
    let form = BallotForm { choices: options.clone(), may_propose: true, moved_by: None };
    let cast = |choice: &str, new: &str| {
        let reply = format!(r#"{{"choice":{choice:?},"new_option":{new:?}}}"#);
        read(&reply, false, &form, &options).ok().map(|(cast, _)| (cast.option, cast.proposal))
    };
    for (text, place) in
        [("Juni", 0), ("5. Juni", 1), ("• 6. Juni", 2), ("O1: Juni", 0), ("4. Mai", 3)]
    {
        assert_eq!(cast(text, ""), Some((OptionId::at(place), None)), "{text}");
        assert_eq!(cast("new", text), Some((OptionId::at(place), None)), "{text}");
    }
    assert_eq!(cast("7. Juni", ""), None);
    assert_eq!(cast("new", "7. Juni"), Some((None, Some("7. Juni".into()))));
    // In a run-off that `5. Juni` is not in, it is no vote for `Juni`.
    let run_off = BallotForm { choices: vec![options[0].clone(), options[3].clone()], ..form };
    assert!(read("5. Juni", false, &run_off, &options).is_err());
    assert_eq!(read("Juni", false, &run_off, &options).unwrap().0.option, OptionId::at(0));
}

#[test]
fn an_array_is_no_object() {
    for reply in [r#"["O1",1,null,"none"]"#, r#" ["Keep cars", 0.5, null, "S3"] "#] {
        assert!(read_it(reply).is_err(), "{reply}");
    }
    assert!(read_ruling(r#"["O1"]"#, false, &form().1, &form().1).is_err());
}

#[test]
fn marks_before_a_choice_are_removed_and_wrong_ids_are_invalid() {
    let choice = |choice: &str| {
        vote(&format!(r#"{{"choice":{choice:?},"confidence":1,"moved_by":"none"}}"#))
    };
    let strict = Some(("O2".to_owned(), Rung::Strict));
    for text in [
        "O2: Keep cars",
        "O2 - keep cars",
        "(O2) Keep cars",
        "2. Keep cars",
        "Option 2: keep cars",
        "- keep cars",
        "• Keep cars.",
        "#2: keep cars",
        "b) keep cars",
    ] {
        assert_eq!(choice(text), strict, "{text}");
        assert_eq!(vote(text), Some(("O2".to_owned(), Rung::Bare)), "{text}");
        assert_eq!(vote(&format!("Vote： {text}")), Some(("O2".to_owned(), Rung::Bare)), "{text}");
        assert_eq!(
            read_ruling(&format!(r#"{{"choice":{text:?}}}"#), false, &form().1, &form().1).ok(),
            OptionId::at(1)
        );
        let reply =
            format!(r#"{{"choice":"new","new_option":{text:?},"confidence":1,"moved_by":"none"}}"#);
        assert_eq!(vote(&reply), strict, "{text}");
    }
    for text in ["Keep cars (O2)", "Keep cars [O2]", "Keep cars - O2", "<O2>", "<keep cars>"] {
        assert_eq!(choice(text), strict, "{text}");
        assert_eq!(vote(text), Some(("O2".to_owned(), Rung::Bare)), "{text}");
    }
    for text in ["choice: Keep cars", "Vote: <O2>", "My vote: Keep cars (O2)"] {
        assert_eq!(choice(text), strict, "{text}");
    }
    for text in ["Keep cars (O1)", "Vote: keep cars - O1", "Keep cars (1)"] {
        let reply = format!(r#"{{"choice":{text:?},"confidence":1,"moved_by":"none"}}"#);
        assert!(read_it(&reply).is_err(), "{text}");
        assert!(read_it(text).is_err(), "{text}");
    }
    for text in ["O1: Keep cars", "Option 1: keep cars", "(O1) keep cars"] {
        for reply in [
            text.to_owned(),
            format!(r#"{{"choice":{text:?},"confidence":1,"moved_by":"none"}}"#),
            format!(r#"{{"choice":"new","new_option":{text:?},"confidence":1,"moved_by":"none"}}"#),
        ] {
            let error = read_it(&reply).unwrap_err();
            assert!(
                error.contains("the id in front is that of another option"),
                "{reply}: {error}"
            );
        }
    }
    assert_eq!(choice("I abstain."), Some(("-".to_owned(), Rung::Strict)));
    assert_eq!(vote("I abstain."), Some(("-".to_owned(), Rung::Bare)));
    assert_eq!(choice("- abstain"), Some(("-".to_owned(), Rung::Strict)));
    assert!(read_it("O2: abstain").is_err());
}

#[test]
fn words_and_marks_are_known_in_every_script_and_width() {
    for reply in [
        "Answer：Keep cars",
        "ＶＯＴＥ： Keep　cars。",
        "choice∶ “Keep cars”",
        "Ｏ２",
        "【O2】",
        "「Keep cars」",
        "vote꞉ ‹keep cars›！",
    ] {
        assert_eq!(vote(reply), Some(("O2".into(), Rung::Bare)), "{reply}");
    }
    let options = DebateOption::list(["Don't", "Do"]);
    let form = BallotForm { choices: options.clone(), may_propose: true, moved_by: None };
    for text in ["Don’t", "Don't", "Donʼt", "DON´T", "don＇t."] {
        let reply = format!(r#"{{"choice":"{text}","confidence":0.5}}"#);
        let (ballot, _) = read(&reply, false, &form, &options).unwrap();
        assert_eq!(ballot.option, OptionId::at(0), "{text}");
    }
}

#[test]
fn replies_that_break_the_form_are_invalid_with_a_reason() {
    for (reply, why) in [
        (r#"{"choice":"O3","confidence":1,"moved_by":"none"}"#, "names none of the choices"),
        (r#"{"choice":"O1","moved_by":"S1","moved_by":"S1"}"#, "duplicate field"),
        (r#"{"choice":"O1","confidence":1,"moved_by":"none","because":1}"#, "unknown field"),
        (r#"{"choice":"O1","choice":"O2","confidence":1,"moved_by":"none"}"#, "duplicate field"),
        (r#"{"confidence":1,"moved_by":"none"}"#, "missing field `choice`"),
        (r#"{"choice":"O1","confidence":1,"moved_by":"none","reason":"x"}"#, "`reason`"),
        (
            r#"{"choice":"O1","confidence":1,"moved_by":"none","new_option":"x"}"#,
            "must be left out or null",
        ),
        (r#"{"choice":"new","confidence":1,"moved_by":"none"}"#, "needs `new_option`"),
        (
            r#"{"choice":"new","new_option":"O4","confidence":1,"moved_by":"none"}"#,
            "mean something else",
        ),
        (
            r#"{"choice":"new","new_option":"...","confidence":1,"moved_by":"none"}"#,
            "needs `new_option`",
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
    for framed in
        ["Keep cars (O2)", "Answer: Keep cars", "Speaker B: Keep cars", "<Keep cars>", "2"]
    {
        let reply = format!(
            r#"{{"choice":"new","new_option":"{framed}","confidence":1,"moved_by":"none"}}"#
        );
        assert_eq!(vote(&reply), Some(("O2".into(), Rung::Strict)), "{framed}");
    }
    for nothing in ["none", "null", "N/A", "-", "7", "no new option"] {
        let reply = format!(
            r#"{{"choice":"new","new_option":"{nothing}","confidence":1,"moved_by":"none"}}"#
        );
        assert_eq!(read_it(&reply).unwrap_err(), "`new` needs `new_option`", "{nothing}");
    }
    let reply = r#"{"choice":"new","new_option":"Toll roads","confidence":1,"moved_by":"none"}"#;
    let (ballot, _) = read_it(reply).unwrap();
    assert_eq!(
        (ballot.result, ballot.proposal.as_deref()),
        (BallotResult::Abstain, Some("Toll roads"))
    );
}

/// What cannot be seen neither hides a vote nor makes a second option of the same answer.
#[test]
fn invisible_characters_make_no_other_answer() {
    assert_eq!(vote("O2\u{200f}"), Some(("O2".into(), Rung::Bare)));
    for keep in [
        "Keep c\u{ad}ars",
        "O\u{ad}2",
        "O\u{ad}2: Keep cars",
        "Vo\u{ad}te: O2",
        "2\u{ad}. keep cars",
    ] {
        assert_eq!(vote(keep), Some(("O2".into(), Rung::Bare)), "{keep:?}");
    }
    let moved =
        read_it("{\"choice\":\"O2\",\"moved_by\":\"S\u{ad}3\",\"confidence\":\"0.\u{ad}8\"}")
            .unwrap()
            .0;
    assert_eq!(
        (moved.moved_by, moved.confidence.map(Confidence::get)),
        (Some(TurnNo(3)), Some(0.8))
    );
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
    let (_, options) = form();
    let rule = |reply| read_ruling(reply, false, &options, &options).ok();
    assert_eq!(rule(r#"{"choice":"O2"}"#), OptionId::at(1));
    assert_eq!(rule("O1"), OptionId::at(0));
    assert_eq!(rule(r#"{"choice":"abstain"}"#), None);
    assert_eq!(rule("both"), None);
    let options = DebateOption::list(["Juni", "5. Juni", "6. Juni"]);
    for other in ["5. Juni", "7. Juni", "O2"] {
        assert!(read_ruling(other, false, &options[..1], &options).is_err(), "{other}");
    }
}

proptest! {
    #[test]
    fn whatever_is_said_a_vote_names_a_choice(reply in "\\PC{0,200}") {
        if let Ok((ballot, _)) = read_it(&reply) {
            let (form, _) = form();
            prop_assert!(ballot.option.is_none_or(|o| form.choices.iter().any(|c| c.id == o)));
            prop_assert_eq!(ballot.option.is_some(), ballot.result == BallotResult::Vote);
        }
    }

    #[test]
    fn prose_around_two_choices_never_becomes_a_vote(a in "[a-z ]{1,20}", b in "[a-z ]{1,20}") {
        let reply = format!("{a} O1 {b} O2");
        prop_assert!(read_it(&reply).is_err(), "{}", reply);
    }
}
