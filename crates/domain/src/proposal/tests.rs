use proptest::prelude::*;

use super::*;

fn read<'a>(options: &[&str], text: &'a str) -> Result<Proposal<'a>, Contradiction> {
    Proposal::read(text, &DebateOption::list(options.iter().copied()))
}

const TOWN: &[&str] = &["Keep it", "Sell it", "Rent it"];

fn second() -> Proposal<'static> {
    Proposal::Existing(OptionId::at(1).unwrap())
}

#[test]
fn an_option_in_a_frame_is_that_option() {
    for text in [
        "Sell it",
        "O2: sell it",
        "Sell it (O2)",
        "Sell it - O2",
        "Sell it – O2.",
        "Sell it, option 2",
        "Sell it [2]",
        "Sell it (2)",
        "**Sell it** (option 2)",
        "Answer: Sell it",
        "**Answer:** Sell it",
        "Vote: Sell it",
        "My vote is: Sell it",
        "new: Sell it",
        "new option: Sell it",
        "Proposal: Sell it",
        "Proposal: O2: <Sell it>",
        "I propose: Sell it",
        "Proposal - Sell it",
        "Speaker B: Sell it",
        "S2: Sell it",
        "Statement 12: Sell it",
        "Option B: Sell it",
        "II. Sell it",
        "b. Sell it",
        "B) Sell it",
        "<Sell it>",
        "＜Sell it＞",
        "Ａｎｓｗｅｒ：Sell it",
        "Antwort: Sell it",
        "答案：Sell it",
        "O2",
        "2",
        "(2)",
        "#2",
        "option 2",
        "No. 2",
        "选项2：Sell it",
        "Вариант 2: Sell it",
        "Choice 2: Sell it",
        "Answer 2: Sell it",
        "No. 2: Sell it",
        "Option two: Sell it",
        "ii) Sell it",
        "O 2: Sell it",
        "O2。",
        "Sell it O2",
        "Sell it Option 2",
        "Sell it（选项2）",
        "~Sell it~",
        r"\boxed{Sell it}",
        r"$\boxed{\text{Sell it}}$.",
        r"Answer: \boxed{Sell it}",
        "\u{8}oxed{Sell it}",
        "🏠 Sell it",
        "🏷️ O2: Sell it",
        "选项2",
        "Choice 2",
        "Option two",
        "O 2",
    ] {
        assert_eq!(read(TOWN, text), Ok(second()), "{text}");
    }
}

#[test]
fn what_says_nothing_is_no_proposal() {
    for text in [
        "none",
        "None.",
        "null",
        "N/A",
        "n.a.",
        "-",
        "—",
        "...",
        "<none>",
        "no other option",
        "Keine",
        "keine weitere Option",
        "aucune autre option",
        "Ninguna otra opción",
        "nessun’altra opzione",
        "无",
        "なし",
        "없음",
        "لا شيء",
        "new: none",
        "4",
        "99",
    ] {
        assert_eq!(read(TOWN, text), Ok(Proposal::Nothing), "{text}");
    }
    // An option may be called so.
    let none = Ok(Proposal::Existing(OptionId::at(1).unwrap()));
    assert_eq!(read(&["All", "None"], "none"), none);
    assert_eq!(read(TOWN, "No"), Ok(Proposal::New("No")), "an answer");
}

#[test]
fn a_new_option_is_stored_without_its_frame() {
    for (text, stored) in [
        ("Lend it", "Lend it"),
        ("new: Lend it", "Lend it"),
        ("Proposal: <Lend it>", "Lend it"),
        ("Speaker B: Lend it", "Lend it"),
        ("Option D: Lend it", "Lend it"),
        ("Lend it (O4)", "Lend it"),
        ("O7: Lend it", "Lend it"),
        ("New York", "New York"),
        ("New-build houses", "New-build houses"),
        ("A b c", "A b c"),
        ("e.g. a park", "e.g. a park"),
        ("Not: sell it", "Not: sell it"),
        ("Instead of: Sell it", "Instead of: Sell it"),
        ("Windows (11)", "Windows (11)"),
        ("x < 5", "x < 5"),
        ("1995", "1995"),
        ("Vote again", "Vote again"),
        ("A tank of O2", "A tank of O2"),
        ("~~Sell it~~", "~~Sell it~~"),
        (r"\boxed{Lend it}", "Lend it"),
        ("$5", "$5"),
        ("选项4：Lend it", "Lend it"),
        ("❌ Sell it", "❌ Sell it"),
    ] {
        assert_eq!(read(TOWN, text), Ok(Proposal::New(stored)), "{text}");
    }
}

#[test]
fn where_numbers_are_answers_none_is_an_id() {
    assert_eq!(read(&["5", "10"], "2"), Ok(Proposal::New("2")));
    assert_eq!(read(&["5 days", "10 days"], "2"), Ok(Proposal::New("2")));
    assert_eq!(read(&["Build 3 houses", "Build none"], "2"), Ok(Proposal::Nothing));
}

#[test]
fn two_options_in_one_text_are_a_contradiction() {
    for text in [
        "Sell it (O1)",
        "Sell it - O3",
        "O1: sell it",
        "Vote: O1: sell it",
        "选项1：Sell it",
        "Option three: Sell it",
        "Sell it O3",
        r"O1: \boxed{Sell it}",
    ] {
        assert_eq!(read(TOWN, text), Err(Contradiction), "{text}");
    }
    assert_eq!(read(TOWN, "Sell it (3)"), Ok(Proposal::New("Sell it (3)")), "not certain");
    let framed = &["small", "S1: small", "S2: small"];
    assert_eq!(read(framed, "S3: small"), Ok(Proposal::New("small")));
    assert_eq!(read(framed, "S2: small"), Ok(Proposal::Existing(OptionId::at(2).unwrap())));
}

proptest! {
    #[test]
    fn a_frame_hides_no_option(
        place in 0_usize..3,
        frame in proptest::sample::select(vec![
            "{}", "Answer: {}", "vote: {}", "New: {}", "Proposal: {}", "Speaker C: {}", "S4: {}",
            "Option A: {}", "III. {}", "<{}>", "{} (O#)", "{} - O#", "{} (#)", "O#: {}", "\"{}\"",
        ]),
    ) {
        let number = (place + 1).to_string();
        let text = frame.replace("{}", TOWN[place]).replace('#', &number);
        let option = OptionId::at(place).unwrap();
        prop_assert_eq!(read(TOWN, &text), Ok(Proposal::Existing(option)), "{}", text);
    }

    #[test]
    fn only_words_of_an_option_and_frames_name_it(text in "[a-zA-Z :.()<>-]{0,40}") {
        if let Ok(Proposal::Existing(option)) = read(TOWN, &text) {
            let words = TOWN[option.place()].to_lowercase().replace(' ', "");
            let said = text.to_lowercase().replace(' ', "");
            prop_assert!(said.contains(&words), "{text}");
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,80}") {
        if let Ok(Proposal::New(stored)) = read(TOWN, &text) {
            prop_assert!(text.contains(stored));
            prop_assert!(!norm(stored).is_empty() || norm(&text).is_empty());
        }
    }
}

#[test]
fn a_choice_may_be_framed_and_is_never_guessed() {
    let options = DebateOption::list(["Yes, close it", "No, keep it open"]);
    let chosen =
        |text: &str| chosen_option(text, &options).map(|option| option.map(OptionId::place));
    for text in [
        "Yes, close it (O1)",
        "Yes, close it [O1]",
        "Yes, close it - O1",
        "<O1>",
        "<Yes, close it>",
        "Vote: Yes, close it",
        "choice: <O1>",
        "My vote: O1: Yes, close it",
    ] {
        assert_eq!(chosen(text), Ok(Some(0)), "{text}");
    }
    for text in ["Yes, close it (O2)", "Vote: Yes, close it - O2"] {
        assert_eq!(chosen(text), Err(Contradiction), "{text}");
    }
    for text in [
        "Yes, close it (2)",
        "Speaker B: Yes, close it",
        "I reject O1",
        "Yes",
        "not <O1>",
        "O1 or O2",
    ] {
        assert_eq!(chosen(text), Ok(None), "{text}");
    }
}

#[test]
fn a_sentence_that_votes_or_proposes_is_no_part_of_an_option() {
    let options = DebateOption::list(["Postgres", "MySQL"]);
    let postgres = OptionId::at(0).unwrap();
    for text in ["I vote for Postgres", "I propose Postgres.", "My vote goes to **Postgres**"] {
        assert_eq!(Proposal::read(text, &options), Ok(Proposal::Existing(postgres)), "{text}");
    }
    assert_eq!(Proposal::read("I suggest SQLite", &options), Ok(Proposal::New("SQLite")));
}
