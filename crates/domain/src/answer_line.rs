use unicode_normalization::UnicodeNormalization;

use crate::{is_colon, is_invisible, is_quotation_mark, separator::behind_separator};

/// Words that label an answer, in the commonest languages, character by character in NFKC.
const LABELS: [&str; 40] = [
    "answer",
    "antwort",
    "réponse",
    "reponse",
    "respuesta",
    "resposta",
    "risposta",
    "ответ",
    "答案",
    "回答",
    "답변",
    "정답",
    "대답",
    "答え",
    // Dutch, Scandinavian, Finnish.
    "antwoord",
    "svar",
    "vastaus",
    // Polish, Czech, Hungarian, Romanian, Turkish, Greek, Ukrainian.
    "odpowiedź",
    "odpověď",
    "válasz",
    "răspuns",
    "cevap",
    "yanıt",
    "απάντηση",
    "відповідь",
    // Arabic, Persian, Urdu, Hebrew.
    "الجواب",
    "الإجابة",
    "جواب",
    "إجابة",
    "پاسخ",
    "התשובה",
    "תשובה",
    // Hindi, Bengali, Tamil, Thai.
    "उत्तर",
    "जवाब",
    "উত্তর",
    "பதில்",
    "คําตอบ",
    // Vietnamese, Indonesian.
    "trả lời",
    "đáp án",
    "jawaban",
];

/// What may stand in front of the word. `The answer: no` may speak of another's answer.
const OWN: [&str; 3] = ["my final", "my", "final"];

/// What a line gives as the answer, if it begins with `Answer:`, `My final answer:`, `The answer is:`
/// or the word of another language, in any case, width and decoration, and with a colon or a dash of
/// any script. Characters that close a tag, bracket or object from before the answer are left out. Empty if nothing follows, or if the word stands
/// alone.
///
/// ```
/// use synod_domain::answer_line;
/// assert_eq!(answer_line("**Answer：** “Sell it”"), Some("Sell it"));
/// assert_eq!(answer_line("**Answer** — Sell it"), Some("Sell it"));
/// assert_eq!(answer_line("The answer: sell it"), None);
/// ```
#[must_use]
pub fn answer_line(line: &str) -> Option<&str> {
    let words = beginning_of_words(line);
    let behind =
        |lead: &str| Some(without_word(words, lead)?.trim_start_matches(char::is_whitespace));
    let labelled = OWN.iter().find_map(|own| behind(own)).unwrap_or(words);
    let the = behind("the final").or_else(|| behind("the"));
    let rest = LABELS.iter().find_map(|label| without_word(the.unwrap_or(labelled), label))?;
    let bare = rest.trim_start_matches(is_decoration);
    if bare.is_empty() {
        return the.is_none().then_some("");
    }
    let separated = || behind_separator(rest.trim_start_matches(is_quotation_mark));
    let stated = Some(())
        .filter(|()| the.is_none())
        .and_then(|()| separated())
        .or_else(|| without_word(bare, "is").and_then(behind_separator))?;
    let stated = stated.trim_start_matches(|c| is_decoration(c) || is_colon(c));
    Some(without_loose_end(stated.trim_matches(is_decoration)).trim_matches(is_decoration))
}

/// A text without the tag that closes what it says and did not begin in it, as in `Sell it</answer>`.
#[must_use]
pub fn without_closing_tag(text: &str) -> &str {
    match text.trim_end().strip_suffix('>').and_then(|text| text.rsplit_once("</")) {
        Some((before, name))
            if !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !before.contains(&format!("<{name}")) =>
        {
            before.trim_end()
        }
        Some(_) | None => text,
    }
}

/// An answer without what closes a tag, a bracket or an object that did not begin in it, and out of a
/// `\\boxed{…}`.
fn without_loose_end(answer: &str) -> &str {
    let boxed = answer.trim_matches('$').strip_prefix("\\boxed{").and_then(|b| b.strip_suffix('}'));
    if let Some(boxed) = boxed {
        return boxed;
    }
    let untagged = without_closing_tag(answer);
    if untagged.len() < answer.len() {
        return untagged;
    }
    let closed =
        |open, close| answer.strip_suffix(close).filter(|_| !answer.contains::<char>(open));
    closed('{', '}').or_else(|| closed('[', ']')).unwrap_or(answer)
}

/// A line from its first word on: without the marks of lists, headings and quotations in front, and
/// without the number of a list's item.
fn beginning_of_words(line: &str) -> &str {
    let is_sign = |c: char| is_invisible(c) || !c.is_alphanumeric();
    let words = line.trim_start_matches(is_sign);
    let behind = words.trim_start_matches(char::is_numeric);
    let is_number = behind.len() < words.len() && behind.starts_with(['.', ')', '．', '）', '、']);
    if is_number { behind.trim_start_matches(is_sign) } else { words }
}

/// The rest of a text after its first word, given in lower case, in any case and width.
#[must_use]
pub fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut left = word.chars();
    for (at, c) in text.char_indices() {
        if left.as_str().is_empty() {
            return Some(&text[at..]);
        }
        if is_invisible(c) {
            continue;
        }
        let is_next = if c.is_ascii() {
            left.next() == Some(c.to_ascii_lowercase())
        } else {
            c.nfkc().flat_map(char::to_lowercase).all(|folded| left.next() == Some(folded))
        };
        if !is_next {
            return None;
        }
    }
    left.as_str().is_empty().then_some("")
}

fn is_decoration(c: char) -> bool {
    c.is_whitespace()
        || is_invisible(c)
        || is_quotation_mark(c)
        || matches!(c, '*' | '＊' | '_' | '＿' | '`')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_is_stated_in_many_hands() {
        for line in [
            "Answer: Sell it",
            "answer:Sell it",
            "  ANSWER : Sell it  ",
            "**Answer:** Sell it",
            "**Answer**: Sell it",
            "\"Answer: Sell it\"",
            "“Answer: ‘Sell it’”",
            "「Answer：Sell it」",
            "Answer： Sell it",
            "Answer﹕Sell it",
            "Answer∶ Sell it",
            "Answer꞉ Sell it",
            "Ａｎｓｗｅｒ：　Sell it",
            "### Answer: **Sell it**",
            "- Answer: Sell it",
            "\u{feff}An\u{200b}swer: Sell it",
            "Answer – Sell it",
            "Answer - Sell it",
            "Answer — Sell it",
            "Answer—Sell it",
            "Answer -- Sell it",
            "**Answer** — Sell it",
            "**Answer -** Sell it",
            "Answer = Sell it",
            "Answer → Sell it",
            "Answer => Sell it",
            "Answer is: Sell it",
            "ANSWER IS – Sell it",
            "> Answer: Sell it",
            "1. **Answer:** Sell it",
            "・Answer：Sell it",
            "💡 Answer: Sell it",
            "Ａｎｓｗｅｒ　－　Sell it",
            "My answer: Sell it",
            "Final answer: Sell it",
            "**My Final Answer:** Sell it",
            "The answer is: Sell it",
            "The final answer is: **Sell it**",
            "Antwort: Sell it",
            "Réponse : Sell it",
            "Respuesta: Sell it",
            "Ответ: Sell it",
            "答案：Sell it",
            "الجواب: Sell it",
            "उत्तर: Sell it",
            "תשובה: Sell it",
            "Odpowiedź: Sell it",
            "คำตอบ: Sell it",
            "Trả lời: Sell it",
            "Answer:: Sell it",
            "<answer>Sell it</answer>",
            "[Answer: Sell it]",
            "{\"answer\": \"Sell it\"}",
            r"Answer: \boxed{Sell it}",
            r"Answer: $\boxed{Sell it}$",
        ] {
            assert_eq!(answer_line(line), Some("Sell it"), "{line:?}");
        }
        for empty in ["**Answer:**", "Answer", "## Answer", "Answer —"] {
            assert_eq!(answer_line(empty), Some(""), "{empty:?}");
        }
        for none in [
            "",
            "Answers: two",
            "The answer: no",
            "The answer",
            "Their answer: no",
            "My answers: no",
            "Antworten: no",
            "Answer (mine): no",
            "答：卖",
            "Answer-based reasoning",
            "Answer the question",
            "Answer is no",
            "Answer, then",
            "Answerable: no",
        ] {
            assert_eq!(answer_line(none), None, "{none:?}");
        }
    }

    #[test]
    fn signs_of_an_answer_stay() {
        for answer in ["-1", "$5", "<5", "C++", "f(x)", "“A” or B", "a[1]", "{x}", "<b>it</b>"]
        {
            let stated = format!("Answer: {answer}");
            assert_eq!(answer_line(&stated), Some(answer.trim_start_matches('“')));
        }
        assert_eq!(answer_line("Answer -1"), Some("-1"));
        assert_eq!(answer_line("Answer - -1"), Some("-1"));
    }

    proptest! {
        #[test]
        fn an_answer_is_a_part_of_its_line(line in "(Answer|ａｎｓｗｅｒ|\\PC{0,9})[*:： ]{0,3}\\PC{0,30}") {
            if let Some(answer) = answer_line(&line) {
                prop_assert!(line.contains(answer));
            }
        }
    }
}
