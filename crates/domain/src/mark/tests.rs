use proptest::prelude::*;

use super::*;

fn options() -> Vec<DebateOption> {
    DebateOption::list(["Keep it", "Sell it", "10 days"])
}

fn named(text: &str) -> Result<Option<String>, Contradiction> {
    named_option(text, &options()).map(|option| option.map(|option| option.to_string()))
}

#[test]
fn a_mark_in_front_is_removed() {
    for text in [
        "Sell it",
        "O2",
        "(O2)",
        "**O2**",
        "O2.",
        "O2: sell it",
        "O2 - sell it",
        "O2 – sell it",
        "O2. sell it",
        "O2) sell it",
        "(O2) sell it",
        "[O2] sell it",
        "**O2**: sell it",
        "**O2:** sell it",
        "O2 sell it",
        "O2, sell it",
        "Ｏ２：sell it",
        "Option 2: sell it",
        "Option O2 - sell it",
        "option 2. sell it",
        "#2 sell it",
        "#2: sell it",
        "1. sell it",
        "2. sell it",
        "2) sell it",
        "(2) sell it",
        "2.sell it",
        "2 - sell it",
        "2: sell it",
        "２．sell it",
        "2、sell it",
        "② sell it",
        "❷sell it",
        "⑵ sell it",
        "2️⃣ sell it",
        "a) sell it",
        "(b) sell it",
        "- sell it",
        "— sell it",
        "* sell it",
        "+ sell it",
        "• sell it",
        "# sell it",
        "> sell it",
        "•sell it",
        "▪ sell it",
        "✅ sell it",
        "- O2: sell it",
        "1. **O2** – “Sell it!”",
        "- O2",
        "\u{200b}O2: sell\u{200b} it",
        "O\u{ad}2\u{ad}: sell it",
        "op\u{ad}tion \u{ad}2: s\u{ad}ell it",
        "2\u{ad}. sell it",
        "(b\u{ad}) sell it",
        "选项2：sell it",
        "选项 2. sell it",
        "选项二：sell it",
        "Вариант 2: sell it",
        "ВАРИАНТ 2 – sell it",
        "Choice 2: sell it",
        "Answer 2: sell it",
        "No. 2: sell it",
        "Nr. 2: sell it",
        "N° 2 : sell it",
        "№ 2: sell it",
        "Opción 2: sell it",
        "Option two: sell it",
        "Option Zwei - sell it",
        "ii) sell it",
        "(iv) sell it",
        "O 2: sell it",
        "O 2. sell it",
        "O2。sell it",
        "O2。",
        "🏠 sell it",
        "🏷️ **sell it**",
        "👨‍👩‍👧 sell it",
        "⚖️ O2: sell it",
    ] {
        assert_eq!(named(text), Ok(Some("O2".to_owned())), "{text:?}");
    }
}

#[test]
fn an_id_of_another_option_is_a_contradiction() {
    for text in [
        "O1: sell it",
        "(O3) sell it",
        "Option 1: sell it",
        "#1 sell it",
        "- O6: sell it",
        "O22: sell it",
        "选项1：sell it",
        "Вариант 3: sell it",
        "Option one: sell it",
        "No. 1: sell it",
        "O 1: sell it",
    ] {
        assert_eq!(named(text), Err(Contradiction), "{text:?}");
    }
}

#[test]
fn what_is_more_than_a_mark_is_not_removed() {
    for text in [
        "O2: rent it",
        "sell it, O2",
        "not sell it",
        "2 sell it",
        "2",
        "#2",
        "Option 2",
        "a sell it",
        "2sell it",
        "sell",
        "100. sell it",
        "I: sell it",
        "$ sell it",
        "O 2 sell it",
        "Option one-off: sell it",
        "Option twofold: sell it",
        "Choice: sell it",
        "mix) sell it",
        "❌ sell it",
        "🏠🚫 sell it",
    ] {
        assert_eq!(named(text), Ok(None), "{text:?}");
    }
}

#[test]
fn where_two_options_could_be_meant_none_is() {
    let of = |texts: &[&str], text| {
        let options = DebateOption::list(texts.iter().copied());
        named_option(text, &options).unwrap().map(|option| option.to_string())
    };
    let o = |n: &str| Some(n.to_owned());
    assert_eq!(of(&["10 days", "days"], "10 days"), o("O1"));
    assert_eq!(of(&["10 days", "days"], "10. days"), None, "it might be `10 days`");
    assert_eq!(of(&["5 GB", "2.5 GB"], "2. 5 GB"), None);
    assert_eq!(of(&["5 GB", "2. 5 GB"], "2. 5 GB"), o("O2"));
    assert_eq!(of(&["5 GB", "6 GB"], "2) 5 GB"), o("O1"));
    assert_eq!(of(&["5. Juni", "6. Juni"], "7. Juni"), None);
    assert_eq!(of(&["Juni", "5. Juni", "6. Juni"], "7. Juni"), None);
    assert_eq!(of(&["Juni", "5. Juni", "6. Juni"], "• 6. Juni"), o("O3"));
    assert_eq!(of(&["Juni", "Mai"], "1. Juni"), o("O1"));
    for (minus, one) in [("-1", "1"), ("+1", "1"), ("-5 °C", "5 °C")] {
        assert_eq!(of(&[one, "2"], minus), None, "{minus}");
        assert_eq!(of(&[minus, one], minus), o("O1"), "{minus}");
    }
    assert_eq!(of(&["1", "2"], "- 1"), None);
    assert_eq!(of(&["5 °C", "6"], "1) -5 °C"), None);
    assert_eq!(of(&["🔴 Team", "Team"], "🔵 Team"), None);
    assert_eq!(of(&["🔴 Team", "🔵 Team"], "🔵 Team"), o("O2"));
    assert_eq!(of(&["C", "C++", "C#"], "- C"), o("O1"));
    assert_eq!(of(&["C", "C++", "C#"], "2. C#"), o("O3"));
}

#[test]
fn stored_texts_lose_marks_and_keep_what_may_be_their_own() {
    for (text, stored) in [
        ("O5: Rent it", "Rent it"),
        ("3. Rent it", "Rent it"),
        ("- Rent it", "Rent it"),
        ("(c) Rent it", "Rent it"),
        ("• 2) Rent it", "Rent it"),
        ("选项3：Rent it", "Rent it"),
        ("Option four: Rent it", "Rent it"),
        ("iii) Rent it", "Rent it"),
    ] {
        assert_eq!(unmarked(text), stored, "{text:?}");
    }
    for text in [
        "Rent it",
        "5. Juni",
        "2.5 GB",
        "2. 5 GB",
        "-5 °C",
        "- 5 °C",
        "10 - 20 days",
        "> 5 °C",
        "# 1",
        "2:1",
        "2: 1",
        "O2 tank",
        "O 2 tank",
        "No. 10 Downing Street",
        "🔴 Team",
        "A. Lincoln",
        "C++",
        "2030. Not before",
        "5 - star hotel",
        "O2",
        "(O2)",
        "1.",
    ] {
        assert_eq!(unmarked(text), text, "{text:?}");
    }
}

#[test]
fn texts_of_one_list_differ_by_more_than_a_mark() {
    let same = |a, b| same_listed(a, b, [a, b]) && same_listed(b, a, [a, b]);
    assert!(same("1. Sell", "Sell") && same("Sell", "O1: sell.") && same("5. Juni", "- Juni"));
    assert!(same("O\u{ad}1: Sell", "Se\u{ad}ll") && same("1\u{ad}. Sell", "Sell"));
    assert!(!same("5. Juni", "6. Juni") && !same("-1", "1"));
}

#[test]
fn numbers_that_distinguish_listed_texts_are_kept() {
    for [plain, one, other] in [
        ["Juni", "5. Juni", "6. Juni"],
        ["Mai", "1. Mai", "2. Mai"],
        ["Liga", "3. Liga", "2. Liga"],
        ["Sell", "1: Sell", "2: Sell"],
        ["tank", "O2 tank", "O3 tank"],
        ["Team", "🔴 Team", "🔵 Team"],
    ] {
        let list = [plain, one, other];
        for (a, b) in [(plain, one), (plain, other), (one, other)] {
            assert!(!same_listed(a, b, list) && !same_listed(b, a, list), "{a} and {b}");
        }
        let (signed, labelled) = (format!("• {one}"), format!("O4: {plain}"));
        let list = [plain, one, other, &signed, &labelled];
        assert!(same_listed(one, &signed, list) && same_listed(plain, &labelled, list));
    }
    let list = ["Bundesliga", "2. Bundesliga", "Liga", "3. Liga"];
    assert!(
        same_listed("Bundesliga", "2. Bundesliga", list) && same_listed("3. Liga", "Liga", list)
    );
    assert!(same_listed("O2: sell it", "sell it", ["O2: sell it", "O3: sell it", "sell it"]));
}

proptest! {
    /// Whatever mark is in front, the vote is the one that the text alone would be, or none.
    #[test]
    fn a_mark_never_changes_a_vote(
        mark in "(O[1-9]|Option [0-9]|#[0-9]|[0-9]{1,3}|[a-z]|[(\\[*]?[O0-9a-z]{0,2}[)\\]*]?)?[:.)–—、：>-]? ?[-•*]? ?",
        place in 0_usize..3,
    ) {
        let options = options();
        let alone = &options[place];
        let text = format!("{mark}{}", alone.text);
        if let Ok(Some(found)) = named_option(&text, &options) {
            prop_assert!(found == alone.id || text.contains("10 days"), "{} named {}", text, found);
        }
    }

    #[test]
    fn a_text_without_a_mark_names_itself_alone(text in "\\PC{0,24}") {
        let options = DebateOption::list([text.as_str()]);
        if DebateOption::check(&text).is_ok() {
            prop_assert_eq!(named_option(&text, &options), Ok(OptionId::at(0)));
        }
        prop_assert!(text.ends_with(unmarked(&text)));
    }
}
