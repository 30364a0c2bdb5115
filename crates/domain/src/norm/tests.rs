use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        Dash, GeneralCategory, QuotationMark, SentenceTerminal, TerminalPunctuation, Uppercase,
    },
};
use proptest::prelude::*;

use super::*;

fn all() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

#[test]
fn what_decorates_an_answer_is_no_part_of_it() {
    for text in [
        "Ban cars",
        " ban   cars. ",
        "**Ban cars**",
        "“ban cars”!",
        "`'ban cars';'`",
        "(Ban cars)",
        "[Ban cars]",
        "【Ban cars】。",
        "「ban cars」",
        "«\u{a0}ban cars\u{a0}»",
        "„Ban cars“",
        "Ｂａｎ　ｃａｒｓ！？",
        "ban cars…",
        "ban cars ...",
        "ban cars؟",
        "ban cars।",
        "ban cars።",
        "ban cars：",
    ] {
        assert_eq!(norm(text), "ban cars", "{text:?}");
    }
    assert!(!same_answer("…", "!"));
    assert!(!same_answer("", " "));
    assert_ne!(norm("C++"), norm("C"));
}

#[test]
fn an_apostrophe_is_one_in_every_form() {
    for c in "'’‘‛‚ʼʻ´՚׳＇‹›❛❜".chars() {
        assert_eq!(norm(&format!("Don{c}t")), "don't", "{c:?}");
    }
    for c in "\"“”„‟«»״＂〝〞「」『』❝❞".chars() {
        assert_eq!(norm(&format!("the {c}big{c} one")), "the \"big\" one", "{c:?}");
    }
    for c in "-‐‑‒–—―−－﹣־".chars() {
        assert_eq!(norm(&format!("5{c}10")), "5-10", "{c:?}");
    }
}

#[test]
fn a_sign_in_front_or_behind_makes_another_answer() {
    let others = [
        "C", "C++", "C#", "5", "-5", "+5", "$5", "<5", ">5", "≤5", "~5", "5%", "5€", "#5", "@5",
        "5+", "5/", ".5", "1.5", "15", "1,5", "1:5", "1-5", "1/5", "½5", ".NET", "NET", "!5", "&5",
        "=5", "^5", "|5", "\\5", "/5", "§5", "°5", "5°", "✓5", "×5",
    ];
    for (i, a) in others.iter().enumerate() {
        for b in &others[..i] {
            assert!(!same_answer(a, b), "{a} and {b}");
        }
    }
    assert!(same_answer("−1", "-1") && !same_answer("−1", "1"));
}

/// People, and models, cannot tell such answers apart.
#[test]
fn what_cannot_be_seen_makes_no_other_answer() {
    for text in ["Ban\u{200b} cars", "\u{202e}ban cars", "ban cars\u{200f}.", "ba\u{ad}n\u{7} cars"]
    {
        assert_eq!(norm(text), "ban cars", "{text:?}");
    }
    assert_eq!(norm("\u{3164}\u{feff}"), "");
}

#[test]
fn an_accent_after_an_accent_is_the_same_at_any_case() {
    assert_eq!(norm("I\u{327}\u{307}"), norm("i\u{327}\u{307}"));
}

/// Each character of Unicode alone, within a word, and at both ends of one.
#[test]
fn it_is_stable_for_every_character() {
    for c in all() {
        for text in [format!("{c}"), format!("a{c}b"), format!("{c}ab"), format!("ab{c}")] {
            let once = norm(&text);
            assert_eq!(norm(&once), once, "{text:?}");
        }
    }
}

#[test]
fn every_mark_of_a_property_is_removed_where_it_says_nothing() {
    let category = CodePointMapData::<GeneralCategory>::new();
    let terminal = CodePointSetData::new::<SentenceTerminal>();
    let terminal_punctuation = CodePointSetData::new::<TerminalPunctuation>();
    let quotation_mark = CodePointSetData::new::<QuotationMark>();
    let dash = CodePointSetData::new::<Dash>();
    for c in all() {
        // The ano teleia of Greek becomes a middle dot under NFKC, which is a part of words.
        let ends = c.nfkc().all(|c| terminal.contains(c) || terminal_punctuation.contains(c));
        if ends {
            assert_eq!(norm(&format!("yes{c}")), "yes", "{c:?}");
            assert_eq!(norm(&format!("yes {c}{c}")), "yes", "{c:?}");
        }
        let brackets = [
            GeneralCategory::OpenPunctuation,
            GeneralCategory::ClosePunctuation,
            GeneralCategory::InitialPunctuation,
            GeneralCategory::FinalPunctuation,
        ];
        if quotation_mark.contains(c) || brackets.contains(&category.get(c)) {
            assert_eq!(norm(&format!("{c}yes{c}")), "yes", "{c:?}");
        }
        if dash.contains(c) || category.get(c) == GeneralCategory::DashPunctuation {
            assert_eq!(norm(&format!("a{c}b")), "a-b", "{c:?}");
        }
    }
}

/// A letter or a digit stays, whatever stands around it, and so does a script without case.
#[test]
fn no_letter_or_digit_is_removed() {
    let upper = CodePointSetData::new::<Uppercase>();
    // The marks of half width, which are letters, become combining ones under NFKC.
    let stays = |c: &char| !is_invisible(*c) && c.nfkc().any(char::is_alphanumeric);
    for c in all().filter(|c| c.is_alphanumeric()).filter(stays) {
        let normed = norm(&format!("“{c}”."));
        assert!(normed.chars().any(char::is_alphanumeric), "{c:?} became {normed:?}");
        let compatible = c.nfkc().collect::<String>();
        let has_case = compatible.chars().any(|c| upper.contains(c) || !c.to_lowercase().eq([c]));
        if !has_case && compatible.chars().all(char::is_alphanumeric) {
            assert_eq!(normed, compatible, "{c:?}");
        }
    }
}

#[test]
fn scripts_without_case_are_untouched() {
    for text in ["禁止汽车", "車を売る", "자동차 금지", "कार बेचो", "ขายรถ", "بيع السيارة", "מכור"]
    {
        assert_eq!(norm(text), text.nfkc().collect::<String>());
    }
}

proptest! {
    #[test]
    fn norm_is_stable(text in any::<String>()) {
        let once = norm(&text);
        prop_assert_eq!(norm(&once), once);
    }

    #[test]
    fn norm_is_stable_among_marks(text in "[\\p{P}\\p{Zs}\\p{Mn}\\p{Lm}aΣİß\u{200d}\u{b4}]{0,12}") {
        let once = norm(&text);
        prop_assert_eq!(norm(&once), once);
    }

    #[test]
    fn norm_is_blind_to_case_and_composition(text in "[a-zA-Zäéİßσς \u{300}-\u{330}]{0,8}") {
        use unicode_normalization::UnicodeNormalization;
        let forms = [text.nfc().collect::<String>(), text.nfd().collect(), text.nfkd().collect()];
        for form in forms {
            prop_assert_eq!(norm(&form), norm(&text));
        }
    }

    /// Of letters, digits and signs all count: only case, width and the kind of dash do not.
    #[test]
    fn two_answers_never_merge(a in "[a-c0-2$+<>%#&=~^|/@-]{1,6}", b in "[a-c0-2$+<>%#&=~^|/@-]{1,6}") {
        prop_assert_eq!(norm(&a) == norm(&b), a == b, "{} and {}", a, b);
    }

    #[test]
    fn letters_and_digits_come_through_in_their_order(text in "[\\p{Lo}\\p{Nd}\\p{P}\\p{S} ]{0,16}") {
        let kept = |text: &str| -> String {
            let plain = text.chars().filter(|c| !is_invisible(*c)).nfkc().collect::<String>();
            plain.to_lowercase().nfkc().filter(|c| c.is_alphanumeric()).collect()
        };
        // An acute is read as an apostrophe; with what is before it, it might be composed.
        prop_assume!(!text.contains(['\u{b4}', '\u{1ffd}']));
        prop_assert_eq!(kept(&norm(&text)), kept(&text));
    }
}
