//! Objects in a text that speaks of something else.

use super::*;

const FOR_CARS: &str = r#"{"choice":"Keep cars","confidence":0.9,"moved_by":"none"}"#;

#[test]
fn an_object_that_its_reply_rejects_is_no_vote() {
    for reply in [
        format!("I will not cast {FOR_CARS}. My vote: Ban cars"),
        format!("A ballot for the other side would read {FOR_CARS} but I vote for Ban cars."),
        format!("Example of the format: {FOR_CARS}\n\nMy vote: Ban cars"),
        format!("{FOR_CARS}\n\nOn reflection that is wrong. My final answer is Ban cars."),
        format!("NOT {FOR_CARS}"),
        format!("~~{FOR_CARS}~~ Ban cars"),
        format!("~~{FOR_CARS}~~"),
        format!("{FOR_CARS} O1"),
        format!("I vote to ban them. {FOR_CARS}"),
        format!("{FOR_CARS} I abstain."),
        format!("O1. {}", FOR_CARS.trim_end_matches('}')),
        format!("Not {}", FOR_CARS.trim_end_matches('}')),
        r#"My vote: Ban cars {"choice":"abstain"}"#.into(),
        r#"Ban cars. {"choice":"new","new_option":"Toll roads"}"#.into(),
        r#"Not {"choice":"new","new_option":"Toll roads"}"#.into(),
    ] {
        let error = read_it(&reply).unwrap_err();
        assert!(error.starts_with("the text around the JSON object"), "{reply}: {error}");
        assert!(read_ruling(&reply, false, &form().1, &form().1).is_err(), "{reply}");
    }
    let proposal = read_it(r#"My proposal: {"choice":"new","new_option":"Toll roads"}"#).unwrap().0;
    assert_eq!(proposal.proposal.as_deref(), Some("Toll roads"));
    assert!(vote("I do so:\n{\"choice\":\"abstain\"}\nI abstain.").is_some());
}

#[test]
fn an_object_in_a_reply_that_a_limit_cut_is_no_vote() {
    let (form, options) = form();
    for reply in [
        format!("Let me weigh the options. If I wrote {FOR_CARS} I would ignore the safety of"),
        format!("Here is my vote: {FOR_CARS}"),
        format!("{FOR_CARS}\nThis is"),
    ] {
        assert!(read(&reply, true, &form, &options).is_err(), "{reply}");
        assert!(read_ruling(&reply, true, &options, &options).is_err(), "{reply}");
    }
    assert!(read(FOR_CARS, true, &form, &options).is_ok(), "a whole object is a vote");
}

/// What a hostile or confused model may write around an object.
fn fragment() -> impl Strategy<Value = String> {
    let fragments = [
        "Keep cars",
        "Ban cars",
        "**ban cars**",
        "“Ban  cars”",
        "O1",
        "O2",
        "o1.",
        "(O1)",
        "option 1",
        "Option 2",
        "first option",
        "my vote:",
        "I vote for",
        "not",
        "never",
        "abstain",
        "because",
        "the shops",
        "Here is my vote",
        "\n",
        ". ",
        ": ",
        "?",
        "~~",
        "<plan>",
        "bans",
        "ban",
        "cars",
        "é",
        "我",
        "```json\n",
        "```",
        "O",
        "1",
        "no",
        "Speaker B",
        "said",
    ];
    proptest::sample::select(fragments.to_vec()).prop_map(str::to_owned)
}

/// The words of a text, told in another way than the reader tells them.
fn words(text: &str) -> String {
    let parted: String =
        norm(text).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<_> = parted.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn around_an_object_that_counts_no_other_option_is_named(
        before in proptest::collection::vec(fragment(), 0..4),
        behind in proptest::collection::vec(fragment(), 0..4),
        choice in proptest::sample::select(vec!["O1", "O2", "Ban cars", "Keep cars", "abstain"]),
        is_closed: bool, cut: bool,
    ) {
        let (before, behind) = (before.join(" "), behind.join(" "));
        let object = format!("{{\"choice\":\"{choice}\",\"confidence\":0.5");
        let reply = if is_closed { format!("{before} {object}}} {behind}") } else { before.clone() + &object };
        let (form, options) = form();
        let Ok((ballot, Rung::Embedded)) = read(&reply, cut, &form, &options) else { return Ok(()) };
        prop_assert!(!cut, "{}", reply);
        let prose = [before, if is_closed { behind } else { String::new() }];
        for other in options.iter().filter(|option| Some(option.id) != ballot.option) {
            for said in prose.iter().map(|text| words(text)) {
                prop_assert!(!said.contains(&words(&other.text)), "{}", reply);
                prop_assert!(!said.contains(&words(&other.id.to_string())), "{}", reply);
            }
        }
        for said in prose.iter().map(|text| words(text)) {
            prop_assert!(!said.contains(" not ") && !said.contains(" never "), "{}", reply);
        }
    }
}
