//! What a ballot says beside its choice: the confidence, and the statement that moved the voter.

use super::*;

#[test]
fn a_confidence_is_a_share_a_percentage_or_nothing() {
    let sure = |number: &str| {
        let reply = format!(r#"{{"choice":"O1","confidence":{number},"moved_by":"none"}}"#);
        read_it(&reply).map(|(ballot, _)| ballot.confidence.map(Confidence::get))
    };
    for (number, confidence) in [
        ("60", Some(0.6)),
        ("85", Some(0.85)),
        ("97.0", Some(0.97)),
        ("85.05", Some(0.851)),
        ("1", Some(1.0)),
        ("1.5", None),
        ("8", None),
        ("100", Some(1.0)),
        ("-0.0", Some(0.0)),
        ("100.5", None),
        ("-1", None),
        ("1e400", None),
    ] {
        assert_eq!(sure(number), Ok(confidence), "{number}");
    }
    for (text, confidence) in [
        (r#""85%""#, Some(0.85)),
        (r#""0.8""#, Some(0.8)),
        (r#""85""#, Some(0.85)),
        (r#""０．８""#, Some(0.8)),
        (r#""high""#, None),
        (r#""""#, None),
        ("null", None),
        ("true", None),
        ("[0.8]", None),
        ("{}", None),
    ] {
        assert_eq!(sure(text), Ok(confidence), "{text}");
    }
    let missing = read_it(r#"{"choice":"O1","moved_by":"none"}"#).unwrap().0;
    assert_eq!((missing.option, missing.confidence), (OptionId::at(0), None));
    for no_json in ["NaN", "Infinity", "01", "85%", "high"] {
        assert!(sure(no_json).is_err(), "{no_json}");
    }
}

#[test]
fn moved_by_is_read_in_every_form_that_names_one_statement() {
    let moved = |value: &str| {
        let reply = format!(r#"{{"choice":"O1","confidence":1,"moved_by":{value}}}"#);
        read_it(&reply).map(|(ballot, _)| {
            assert_eq!(ballot.option, OptionId::at(0), "{value}");
            ballot.moved_by.map(|turn| turn.0)
        })
    };
    for three in [
        r#""S3""#,
        r#""s3.""#,
        r#""[S3]""#,
        r#""Ｓ３""#,
        "3",
        "3.0",
        r#""3""#,
        r##""#3""##,
        r#""statement 3""#,
        r#""Statement S3""#,
        r#""[Speaker B, statement 3]""#,
        r#"["S3"]"#,
        "[3]",
        r#""S3: because of the clinic""#,
        r#""S3, since it is true""#,
        r#""S3 – it is true.""#,
        r#""[S3] It is true.""#,
        r#""Speaker B, statement 3: it is true""#,
    ] {
        assert_eq!(moved(three), Ok(Some(3)), "{three}");
    }
    for none in [
        "null",
        r#""""#,
        r#"" ""#,
        r#""none""#,
        r#""None.""#,
        r#""null""#,
        "[]",
        r#"["none"]"#,
        r#""N/A""#,
        "false",
        "true",
        "0",
        "{}",
        r#"{"statement":"S3"}"#,
        r#""S2""#,
        r#""S99""#,
        "2",
        "-3",
        "3.5",
        "1e400",
        "1000000000000000000000000000000",
        r#"["S1","S3"]"#,
        "[1,3]",
        r#""S1 and S3""#,
        r#""S1, S3""#,
        r#""S1/S3""#,
        r#""S1-S3""#,
        r#""S1, 3""#,
        r#""S1 did not move me""#,
        r#""not S3""#,
        r#""3 of them""#,
        r#""S30""#,
        r#""S3b""#,
        r#""Speaker B""#,
        r#""the clinic""#,
        r#""O3""#,
        r#""99999999999""#,
    ] {
        assert_eq!(moved(none), Ok(None), "{none}");
    }
    let missing = read_it(r#"{"choice":"O1","confidence":1}"#).unwrap().0;
    assert_eq!((missing.option, missing.moved_by), (OptionId::at(0), None));
    // Where no cause is asked for, none is read.
    let (mut form, options) = form();
    form.moved_by = None;
    for value in ["null", r#""none""#, r#""S1""#, "{}", "[1,2]"] {
        let reply = format!(r#"{{"choice":"O1","confidence":1,"moved_by":{value}}}"#);
        let ballot = read(&reply, false, &form, &options).unwrap().0;
        assert_eq!((ballot.option, ballot.moved_by), (OptionId::at(0), None), "{value}");
    }
}

proptest! {
    /// A cause never costs a vote, and none is recorded that was not asked for.
    #[test]
    fn no_cause_makes_a_vote_invalid(text in "(S[0-4]|statement [0-4]|[0-9]|none|\\PC{0,8}|, | and |: ){0,4}", raw in "[1-9][0-9]{0,3}|true|null|\\[\\]|\\{\\}|\\[1, 3\\]") {
        for value in [serde_json::to_string(&text).unwrap(), raw] {
            let (ballot, _) = read_it(&format!(r#"{{"choice":"O2","moved_by":{value}}}"#)).unwrap();
            prop_assert_eq!(ballot.option, OptionId::at(1));
            prop_assert!(matches!(ballot.moved_by, None | Some(TurnNo(1 | 3))));
        }
    }
}
