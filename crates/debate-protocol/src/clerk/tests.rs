use proptest::prelude::*;

use super::*;

fn read(openings: &[&str], options: &str) -> Result<Vec<String>, String> {
    let openings = Openings::of(openings.iter().copied());
    let mut list = List::default();
    for entry in listed(&format!(r#"{{"options":{options}}}"#))? {
        list.add(&entry.wordings(), &openings)?;
    }
    match openings.answers.iter().find(|answer| !list.holds(answer)) {
        Some(missing) => Err(format!("{missing} is missing")),
        None => Ok(list.options),
    }
}

#[test]
fn a_clerk_lists_texts_or_lists_of_texts_in_one_object() {
    let texts =
        |reply| listed(reply).map(|l| l.into_iter().map(Listed::wordings).collect::<Vec<_>>());
    assert_eq!(texts(r#"{"options":["A","B"]}"#).unwrap(), [["A"], ["B"]]);
    assert_eq!(texts("```json\n{\"options\": [[\"A\", \"B\"]]}\n```").unwrap(), [["A", "B"]]);
    for bad in [
        r#"{"options":["A"],"note":1}"#,
        r#"[["A","B"]]"#,
        "O1: A, O2: B",
        r#"{"options":[1]}"#,
        r#"{"options":[[["A"]]]}"#,
        r#"{"options":[{"text":"A"}]}"#,
    ] {
        assert!(listed(bad).is_err(), "{bad}");
    }
}

/// A part of an answer may say its opposite.
#[test]
fn a_part_of_an_answer_is_no_option() {
    let against = ["Answer: Do not sell it\nIt is dear. Some say: sell it."; 3];
    for part in ["sell it", "it", "Sell it!", "Do not", "do not sell", "It is dear."] {
        let error = read(&against, &format!("[{part:?}]")).unwrap_err();
        assert!(error.contains("is the answer of no opening"), "{part}: {error}");
    }
    assert_eq!(read(&against, r#"["Do not sell it"]"#).unwrap(), ["Do not sell it"]);
    for answer in [
        "Don't sell it",
        "Never sell it",
        "Nicht verkaufen",
        "Ne le vendez pas",
        "不要卖",
        "No vender",
    ] {
        let opening = format!("Answer: {answer}\nBecause.");
        for part in ["sell it", "verkaufen", "le vendez", "卖", "vender"] {
            assert!(read(&[&opening], &format!("[{part:?}]")).is_err(), "{part} of {answer}");
        }
    }
}

#[test]
fn no_answer_is_dropped() {
    let openings =
        ["Answer: Keep it\nI say.", "Answer: Sell it\nI say.", "Answer: Rent it\nI say."];
    for dropped in [r#"["Keep it"]"#, r#"["Keep it","Rent it"]"#, r#"[["Keep it","Rent it"]]"#] {
        assert!(
            read(&openings, dropped).unwrap_err().ends_with("Sell it is missing")
                || dropped == r#"["Keep it"]"#
        );
        assert!(read(&openings, dropped).is_err(), "{dropped}");
    }
    let all = r#"["Keep it","Sell it","Rent it"]"#;
    assert_eq!(read(&openings, all).unwrap(), ["Keep it", "Sell it", "Rent it"]);
}

/// `Keep it public` and `It should stay public` are one option if the clerk says so.
#[test]
fn answers_that_a_clerk_lists_together_are_one_option() {
    let openings = ["Answer: Keep it public", "Answer: It should stay public", "Answer: Sell it"];
    assert_eq!(
        read(&openings, r#"[["It should stay public","Keep it public"],["Sell it"]]"#).unwrap(),
        ["It should stay public", "Sell it"]
    );
    for ambiguous in [
        r#"[["Keep it public","It should stay public"],["Sell it","It should stay public"]]"#,
        r#"[["Keep it public","It should stay public"],["Sell it","keep it public."]]"#,
    ] {
        let error = read(&openings, ambiguous).unwrap_err();
        assert!(error.contains("listed under two answers"), "{error}");
    }
    let invented = r#"[["Keep it public","It should stay public","Public"],["Sell it"]]"#;
    assert!(read(&openings, invented).is_err());
}

#[test]
fn what_is_listed_twice_is_one_option() {
    let openings = ["Answer: Keep it", "Answer: Sell it"];
    for twice in [
        r#"["Keep it","keep it.","O1: Keep it","Sell it"]"#,
        r#"[["Keep it"],["Sell it"],["Keep it"]]"#,
        r#"[["Keep it","KEEP IT"],["2. Sell it"]]"#,
    ] {
        assert_eq!(read(&openings, twice).unwrap(), ["Keep it", "Sell it"], "{twice}");
    }
}

#[test]
fn of_an_opening_without_an_answer_line_each_sentence_may_be_one() {
    let openings =
        ["I have thought about it. We should sell it. Sell the car? Never.", "Answer: Keep it"];
    for saying in ["We should sell it", "I have thought about it.", "we should SELL it!"] {
        assert_eq!(
            read(&openings, &format!("[{saying:?},\"Keep it\"]")).unwrap().len(),
            2,
            "{saying}"
        );
    }
    for part in ["sell it", "should sell it", "Sell the car", "thought"] {
        assert!(read(&openings, &format!("[{part:?},\"Keep it\"]")).is_err(), "{part}");
    }
    assert_eq!(read(&openings, r#"["Keep it"]"#).unwrap(), ["Keep it"], "it has stated no answer");
}

#[test]
fn a_text_is_supported_whole_or_without_its_mark() {
    let openings = Openings::of(
        [
            "Answer: Sell it\nIt is dear.",
            "Answer: 1. Mai",
            "Answer: Rail.",
            "I’d wait. Not in Juni.",
        ]
        .into_iter(),
    );
    for (text, supported) in [
        ("sell IT.", Some("sell IT.")),
        ("O1: Sell it", Some("Sell it")),
        ("2. Sell it", Some("Sell it")),
        ("4. Rail", Some("Rail")),
        ("6. Juni", None),
        ("1. Mai", Some("1. Mai")),
        ("I'd wait", Some("I'd wait")),
        ("Rent it", None),
        ("ell it", None),
        ("It is dear", None),
    ] {
        assert_eq!(openings.support(text), supported, "{text}");
    }
}

proptest! {
    /// Whatever a clerk lists: every option is an answer as it was given, and every answer is listed.
    #[test]
    fn a_list_holds_every_answer_and_nothing_else(
        answers in proptest::collection::vec("(do not )?(sell|keep|rent) (it|all)", 1..5),
        listed in proptest::collection::vec(
            proptest::collection::vec("(not )?(do not )?(sell|keep|rent) ?(it|all)?", 1..3), 1..5),
    ) {
        let openings: Vec<_> = answers.iter().map(|answer| format!("Answer: {answer}\nSo be it.")).collect();
        let openings: Vec<&str> = openings.iter().map(String::as_str).collect();
        if let Ok(options) = read(&openings, &serde_json::to_string(&listed).unwrap()) {
            let said = |text: &String| answers.iter().any(|answer| norm(answer) == norm(text));
            prop_assert!(options.iter().all(said), "{options:?} of {answers:?}");
            let mut all = listed.iter().flatten();
            prop_assert!(all.all(said));
            let is_listed = |answer: &String| listed.iter().flatten().any(|text| norm(text) == norm(answer));
            prop_assert!(answers.iter().all(is_listed), "{listed:?} of {answers:?}");
        }
    }
}
