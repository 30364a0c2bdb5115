use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Returns the opening by a full parse of a valid object.
fn parsed(object: &Value) -> String {
    let mut lines = Vec::new();
    for (key, value) in object.as_object().unwrap() {
        let text = value.as_str().unwrap_or_default();
        match key.as_str() {
            "answer" if !text.is_empty() => {
                lines.push(format!("Answer: {}", text.replace(char::is_control, " ")));
            }
            "statement" if !text.is_empty() => lines.push(text.to_owned()),
            _ => {}
        }
    }
    lines.join("\n")
}

fn read(pieces: &[&str]) -> String {
    let mut object = OpeningObject::default();
    pieces.iter().map(|piece| object.push(piece)).collect()
}

/// Escapes every character, as models do with other scripts.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect()
}

#[test]
fn openings_become_an_answer_line_and_a_statement() {
    let whole = r#" {"answer": "Ban \"cars\"", "statement": "Air.\nQuiet \u00e9\ud83d\ude00."}"#;
    assert_eq!(read(&[whole]), "Answer: Ban \"cars\"\nAir.\nQuiet é😀.");
    let pieces: Vec<_> = whole.split_inclusive(|_| true).collect();
    assert_eq!(read(&pieces), read(&[whole]));
}

#[test]
fn code_fences_are_skipped() {
    let object = r#"{"answer": "Yes", "statement": "It is."}"#;
    for before in ["```json\n", "```\n", "\n``` \n", "```JSON\r\n\n", "```json"] {
        let whole = format!("{before}{object}\n```\n");
        let pieces: Vec<_> = whole.split_inclusive(|_| true).collect();
        assert_eq!(read(&pieces), "Answer: Yes\nIt is.", "{before:?}");
    }
    assert_eq!(read(&["``", "x` is", " code"]), "``x` is code");
}

#[test]
fn text_that_is_not_an_object_is_passed_on() {
    assert_eq!(read(&["Ans", "wer: Yes\nIt {", "\"answer\"}"]), "Answer: Yes\nIt {\"answer\"}");
    assert_eq!(read(&["", "  ", "\n"]), "");
}

#[test]
fn an_object_in_prose_is_found() {
    let object = r#"{"answer": "Now", "statement": "It {is}."}"#;
    for reply in [
        format!("Here is my answer:\n\n```json\n{object}\n```"),
        format!("Sure! {object}"),
        format!("I {{think}} so: {object} Thank you."),
        format!(r#"{{"opening": {object}}}"#),
        r#"Sure: {"answer": "Now", "statement": "It {is}."#.to_owned(),
        r#"Sure: {"confidence": {"n": 1}, "answer": "Now", "statement": "It {is}."}"#.to_owned(),
    ] {
        let read = OpeningObject::embedded(&reply).unwrap_or_default();
        assert!(read.starts_with("Answer: Now\nIt {is}."), "{reply}");
    }
    for prose in [
        "Now, since it {is}.",
        r#"The host replies {"status": "ok"} or {"answer": 5}."#,
        r#"Reply with {"answer": "Now"}."#,
        r#"{"answer": "Now", "statement": ""}"#,
        r#"Not {"answer": "Now", "statement": "S"} but {"answer": "No", "statement": "T"}."#,
        "{",
        "",
    ] {
        assert_eq!(OpeningObject::embedded(prose), None, "{prose}");
    }
}

#[test]
fn text_before_a_syntax_error_is_kept() {
    assert_eq!(read(&[r#"{"answer": "Yes", "statement": "Cut he"#]), "Answer: Yes\nCut he");
    assert_eq!(
        read(&[r#"{"answer": "Yes", "statement": "Bad \x", "answer": "No"}"#]),
        "Answer: Yes\nBad "
    );
    assert_eq!(read(&[r#"{"answer": "Yes"}{"statement": "more"}"#]), "Answer: Yes");
    assert_eq!(read(&[r#"{"answer": "Half \ud83d!", "x": 1}"#]), "Answer: Half \u{fffd}!");
    assert_eq!(read(&["{]"]), "");
    assert_eq!(read(&["{'answer': 'Yes'}"]), "");
}

/// Each of these costs the rest of the opening in a strict parser.
#[test]
fn json_as_models_write_it_is_tolerated() {
    assert_eq!(
        read(&["{\"answer\": \"Yes\tor\nno\", \"statement\": \"One.\n\tTwo.\"}"]),
        "Answer: Yes or no\nOne.\n\tTwo."
    );
    for value in ["None", "007", "+1", ".5", "Infinity", &"9".repeat(5_000)] {
        let object = format!(r#"{{"confidence": {value}, "answer": "Yes", "statement": "S"}}"#);
        assert_eq!(read(&[&object]), "Answer: Yes\nS", "{value}");
    }
}

#[test]
fn other_values_are_skipped() {
    let object = r#"{"why": {"answer": ["a", {"b": "}"}]}, "answer": null, "n": -1.5e3, "answer": "Yes", "answer": "No", "statement": "S"}"#;
    assert_eq!(read(&[object]), "Answer: Yes\nS");
    let deep = format!(r#"{{"x": {}{}, "answer": "Yes"}}"#, "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(read(&[&deep]), "Answer: Yes");
}

fn object() -> impl Strategy<Value = Value> {
    let any_value = prop_oneof![
        ".*".prop_map(Value::from),
        "[a-z\\\\\"\\n😀é\u{1}]*".prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!({ "answer": ["}", { "statement": "\\\"]" }], "n": null })),
    ];
    let keys = prop_oneof![Just("answer"), Just("statement"), Just("reason"), Just("")];
    let fields = proptest::collection::vec((keys.prop_map(str::to_owned), any_value), 0..5);
    fields.prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

proptest! {
    #[test]
    fn pieces_are_read_as_the_whole_is_parsed(object in object(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12), pretty: bool) {
        let source = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) }.unwrap();
        let chars: Vec<char> = source.chars().collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(chars.len() + 1)).collect();
        cuts.extend([0, chars.len()]);
        cuts.sort_unstable();
        let pieces: Vec<String> = cuts.windows(2).map(|w| chars[w[0]..w[1]].iter().collect()).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        prop_assert_eq!(read(&pieces), parsed(&object), "{}", source);
    }

    #[test]
    fn escapes_split_anywhere_are_read(text in "[^\\p{Cc}]+", cut in any::<prop::sample::Index>()) {
        let source = format!(r#"{{"statement":"{}"}}"#, escaped(&text));
        let (a, b) = source.split_at(cut.index(source.len()));
        prop_assert_eq!(read(&[a, b]), text);
    }

    #[test]
    fn arbitrary_text_does_not_panic(pieces in proptest::collection::vec("[{}\\[\\]:,\"\\\\ua0 answerstm]*|.*", 0..8)) {
        let mut object = OpeningObject::default();
        for piece in &pieces {
            object.push(piece);
        }
        OpeningObject::embedded(&pieces.concat());
    }

    #[test]
    fn prose_without_both_keys_embeds_nothing(prose in "([a-z ]|\\{|\\}|\"|: |\"answer\": \"x\"|\n){0,40}") {
        prop_assert_eq!(OpeningObject::embedded(&prose), None);
    }
}
