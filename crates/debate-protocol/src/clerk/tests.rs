use proptest::prelude::*;

use super::*;

fn read(openings: &[&str], options: &str) -> Result<Vec<String>, String> {
    let listed = listed(&format!(r#"{{"options":{options}}}"#), false)?;
    let lists: Vec<_> = listed.into_iter().map(Listed::texts).collect();
    let options = Openings::of(openings.iter().copied()).options(&lists)?;
    Ok(options.iter().map(|option| option.text.to_string()).collect())
}

#[test]
fn a_clerk_lists_texts_or_lists_of_texts_in_one_object() {
    let texts =
        |reply| listed(reply, false).map(|l| l.into_iter().map(Listed::texts).collect::<Vec<_>>());
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
        assert!(listed(bad, false).is_err(), "{bad}");
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
fn an_opening_without_an_answer_gives_no_option() {
    let openings = ["Answer: N/A\nI say.", "Answer: none\nI say.", "Answer: Sell it\nI say."];
    assert_eq!(read(&openings, r#"["Sell it"]"#).unwrap(), ["Sell it"]);
    assert_eq!(read(&openings, r#"["N/A","none","Sell it"]"#).unwrap(), ["Sell it"]);
}

#[test]
fn a_list_that_its_reply_takes_back_is_no_list() {
    let list = r#"{"options":["A","B"]}"#;
    assert!(listed(&format!("The options are:\n{list}"), false).is_ok());
    assert!(listed(&format!("Not the final list: {list}"), false).is_err());
    assert!(listed(&format!("The options are:\n{list}\nand"), true).is_err());
    assert!(listed(list, true).is_ok());
}

#[test]
fn no_answer_is_dropped() {
    let openings =
        ["Answer: Keep it\nI say.", "Answer: Sell it\nI say.", "I would rent it. It is dear."];
    for (dropped, missing) in [
        (r#"["Keep it"]"#, "Sell it"),
        (r#"["Keep it","I would rent it."]"#, "Sell it"),
        (r#"[["Keep it","Sell it"]]"#, "I would rent it"),
    ] {
        let error = read(&openings, dropped).unwrap_err();
        assert!(error.contains(missing) && error.contains("is missing"), "{dropped}: {error}");
    }
    let all = r#"["Keep it","Sell it","I would rent it"]"#;
    assert_eq!(read(&openings, all).unwrap(), ["Keep it", "Sell it", "I would rent it"]);
}

/// Which answers mean the same, no rule can check, and a clerk once made `Yes` of two that said no.
#[test]
fn answers_that_a_clerk_takes_for_the_same_stay_apart() {
    for (answers, merged) in [
        (["Yes", "No", "No"], r#"[["Yes","No"]]"#),
        (["Do not sell it", "Sell it", "Keep it"], r#"[["Sell it","Do not sell it"],["Keep it"]]"#),
        (["Verkaufen", "Nicht verkaufen", "Verkaufen"], r#"[["Verkaufen","Nicht verkaufen"]]"#),
        (["Wait 2 years", "Wait 3 years", "Wait 2 years"], r#"[["Wait 2 years","Wait 3 years"]]"#),
        (["Keep it", "Sell it", "Rent it"], r#"[["Keep it","Sell it","Rent it"]]"#),
        (["Keep it", "Sell it", "Rent it"], r#"[["Keep it"],["Keep it","Sell it"],["Rent it"]]"#),
        (["卖", "不卖", "卖"], r#"[["卖","不卖"]]"#),
        (
            ["Keep it public", "It should stay public", "Sell it"],
            r#"[["Keep it public","It should stay public"],["Sell it"]]"#,
        ),
    ] {
        let openings = answers.map(|answer| format!("Answer: {answer}\nBecause."));
        let mut different = answers.to_vec();
        different.sort_unstable();
        different.dedup();
        let mut options = read(&openings.each_ref().map(String::as_str), merged).unwrap();
        options.sort_unstable();
        assert_eq!(options, different, "{merged}");
    }
}

#[test]
fn of_more_than_six_answers_a_clerk_chooses_six() {
    let openings = ["a1", "b1", "c1", "d1", "e1", "f1", "g1"].map(|a| format!("Answer: {a}"));
    let openings = openings.each_ref().map(String::as_str);
    let grouped = r#"[["a1","b1"],["c1"],["d1"],["e1"],["f1"],["g1"]]"#;
    assert_eq!(read(&openings, grouped).unwrap(), ["a1", "c1", "d1", "e1", "f1", "g1"]);
    let flat = r#"["a1","b1","c1","d1","e1","f1","g1"]"#;
    assert_eq!(read(&openings, flat).unwrap(), ["a1", "b1", "c1", "d1", "e1", "f1"]);
    assert!(read(&openings, r#"["a1","b1"]"#).unwrap_err().contains("is missing"));
    // Sentences of one opening push no other's answer out.
    let wordy = ["One. Two. Three. Four. Five. Six.", "Answer: Keep it"];
    let all = r#"["One","Two","Three","Four","Five","Six","Keep it"]"#;
    assert!(read(&wordy, all).unwrap_err().contains("\"Keep it\" is missing"));
}

/// An opening that abstains, or says no word, has no answer to list.
#[test]
fn what_can_be_no_option_is_not_missing() {
    let openings = ["Answer: abstain\nI cannot say.", "Answer: …", "Answer: Keep it"];
    assert_eq!(read(&openings, r#"["Keep it"]"#).unwrap(), ["Keep it"]);
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

/// `Juni` could be either of the two.
#[test]
fn answers_distinguished_by_a_number_are_all_options() {
    let openings = ["Answer: Juni", "Answer: 5. Juni", "Answer: 6. Juni"];
    let three = ["Juni", "5. Juni", "6. Juni"];
    for list in [
        r#"["Juni","5. Juni","6. Juni"]"#,
        r#"[["Juni","5. Juni"],["6. Juni","• 5. Juni"]]"#,
        r#"["O1: Juni","O2: 5. Juni","O3: 6. Juni","1. Juni"]"#,
    ] {
        let mut options = read(&openings, list).unwrap();
        options.sort_by_key(|text| three.iter().position(|one| one == text));
        assert_eq!(options, three, "{list}");
    }
    for list in [r#"["5. Juni","6. Juni"]"#, r#"["Juni","6. Juni"]"#, r#"["Juni"]"#] {
        assert!(read(&openings, list).unwrap_err().contains("is missing"), "{list}");
    }
    assert_eq!(read(&["Answer: Juni", "Answer: 1. Juni"], r#"["Juni"]"#).unwrap(), ["Juni"]);
}

#[test]
fn without_an_answer_line_each_sentence_may_be_the_answer() {
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
    assert!(read(&openings, r#"["Keep it"]"#).unwrap_err().contains("is missing"));
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
    /// Whatever a clerk lists: the options are the different answers of the openings, word for word.
    #[test]
    fn a_list_is_the_different_answers_and_nothing_else(
        answers in proptest::collection::vec("(do not )?(sell|keep|rent) (it|all)", 1..5),
        listed in proptest::collection::vec(
            proptest::collection::vec("(not )?(do not )?(sell|keep|rent) ?(it|all)?", 1..3), 1..5),
        is_sound in proptest::bool::ANY,
        cut in 0_usize..5,
    ) {
        let openings: Vec<_> = answers.iter().map(|answer| format!("Answer: {answer}\nSo be it.")).collect();
        let openings: Vec<&str> = openings.iter().map(String::as_str).collect();
        // All answers, in two entries.
        let (some, others) = answers.split_at(cut.min(answers.len()));
        let sound = vec![some.to_vec(), others.to_vec()];
        let listed = if is_sound { sound } else { listed };
        let options = read(&openings, &serde_json::to_string(&listed).unwrap());
        prop_assert!(options.is_ok() || !is_sound, "{options:?}");
        if let Ok(options) = options {
            let norms = |texts: &[String]| texts.iter().map(|t| norm(t)).collect::<std::collections::BTreeSet<_>>();
            prop_assert_eq!(norms(&options), norms(&answers));
            prop_assert_eq!(options.len(), norms(&answers).len());
        }
    }
}
