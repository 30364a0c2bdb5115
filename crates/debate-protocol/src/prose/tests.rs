use super::*;

fn options() -> Vec<DebateOption> {
    DebateOption::list(["Yes, close it", "No, keep it open", "Don't close it now"])
}

fn check(before: &str, behind: &str) -> Result<(), String> {
    let options = options();
    let own = &options[1];
    Prose::new(before, behind).check_ballot(Some(own.id), &own.text, &options)
}

#[test]
fn an_announcement_and_a_reason_leave_an_object_what_it_is() {
    for (before, behind) in [
        ("", ""),
        ("```json\n", "\n```"),
        ("Here is my vote:\n", ""),
        ("Here: ", " as asked."),
        (
            "Sure! Here is the JSON object you asked for:\n\n```json\n",
            "\n```\n\nI hope this helps!",
        ),
        ("My vote is No, keep it open: ", ""),
        ("Speaker B convinced me, so I vote for O2.\n", ""),
        ("", "\nThe shops depend on it. Let me know if you need anything else!"),
        ("<vote>", "</vote>"),
        ("Mi voto: ", ""),
    ] {
        assert_eq!(check(before, behind), Ok(()), "{before}{{}}{behind}");
    }
}

#[test]
fn another_option_in_the_text_makes_an_object_no_vote() {
    for (before, behind) in [
        ("", " My vote: Yes, close it"),
        ("", "\nO1"),
        ("", "\nFinal answer: option 1"),
        ("", "\nI go for the first option."),
        ("**YES – CLOSE IT**\n", ""),
        ("", " Yes!"),
        ("", " I vote to close the street."),
        ("Don’t close it now: ", ""),
        ("", " I abstain."),
    ] {
        let error = check(before, behind).unwrap_err();
        assert!(error.contains("another choice"), "{before}{{}}{behind}: {error}");
    }
}

#[test]
fn a_text_that_takes_an_object_back_makes_it_no_vote() {
    for (before, behind) in [
        ("I will not cast ", "."),
        ("NOT ", ""),
        ("~~", "~~"),
        ("", "\n\nOn reflection that is wrong."),
        ("Example of the format: ", ""),
        ("Something like ", ""),
        ("Something of the kind ", "? Speaker A says streets are safer. So"),
        ("Thinking Process:\n1. The output must be like ", "\n2. **Weigh**:"),
        ("> ", "\nSo said they."),
        ("<plan>The others want ", ""),
        ("<!-- ", " -->"),
        ("Speaker B votes ", ""),
        ("If I were them: ", ""),
        ("Je ne vote pas ", ""),
        ("", " 这不是我的票"),
        ("", "❌"),
        ("x ".repeat(LONGEST).as_str(), ""),
    ] {
        let error = check(before, behind).unwrap_err();
        assert!(error.contains("leaves open"), "{before}{{}}{behind}: {error}");
    }
}

#[test]
fn an_option_of_one_letter_is_told_from_a_word() {
    let options = DebateOption::list(["A", "B", "I"]);
    let check = |before: &str| {
        let prose = Prose::new(before, "");
        prose.check_ballot(Some(options[1].id), "B", &options).is_ok()
    };
    for before in ["A vote for B: ", "Here is a vote: ", "I vote: ", "I’d vote: "] {
        assert!(check(before), "{before}");
    }
    for before in ["A. ", "My vote: A\n", "I pick A because of the cost. ", "Option I: ", "**A** "]
    {
        assert!(!check(before), "{before}");
    }
}
