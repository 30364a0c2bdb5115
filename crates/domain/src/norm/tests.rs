use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{Dash, GeneralCategory, QuotationMark, SentenceTerminal, TerminalPunctuation},
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
fn every_mark_of_a_property_is_removed_if_meaningless() {
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

/// Letters and digits are kept in every context, and so are scripts without case.
#[test]
fn no_letter_or_digit_is_removed() {
    // Some letters become combining marks under NFKC: those of half width, and ligatures of points.
    let is_kept = |c: char| c.is_alphanumeric() && !is_optional_sign(c);
    let stays = |c: &char| !is_invisible(*c) && !is_optional_sign(*c) && c.nfkc().any(is_kept);
    for c in all().filter(|c| c.is_alphanumeric()).filter(stays) {
        let normed = norm(&format!("“{c}”."));
        assert!(normed.chars().any(char::is_alphanumeric), "{c:?} became {normed:?}");
        let compatible = c.nfkd().filter(|c| !is_optional_sign(*c)).nfkc().collect::<String>();
        let is_plain = |c: char| c.to_lowercase().eq([c]) && c.to_uppercase().eq([c]);
        let has_case = !compatible.chars().all(is_plain);
        if !has_case && compatible.chars().all(char::is_alphanumeric) {
            assert_eq!(normed, compatible, "{c:?}");
        }
    }
}

#[test]
fn case_is_folded_as_unicode_says() {
    for forms in [
        &["Straße", "STRASSE", "STRAẞE", "strasse", "ſtraſſe"][..],
        &["ΟΔΟΣ", "οδος", "οδοσ"],
        &["ﬁne", "FINE", "ﬁＮＥ"],
        &["Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"],
        &["ᾳ", "ΑΙ", "αι"],
        &["ԵՒ", "և", "եւ"],
        &["ᏣᎳᎩ", "ꮳꮃꭹ"],
        &["ǆ", "ǅ", "Ǆ", "dž"],
        &["Ⅻ", "xii"],
        // Turkish: the lower-case form of a capital `I` depends on the language.
        &["İptal", "iptal", "IPTAL", "ıptal", "İPTAL", "I\u{307}ptal"],
    ] {
        for form in forms {
            assert_eq!(norm(form), norm(forms[0]), "{form}");
        }
    }
    for c in all().filter(|c| !is_invisible(*c)) {
        let cases = [c.to_uppercase().collect::<String>(), c.to_lowercase().collect()];
        for (prefix, suffix) in [("", ""), ("a", "b")] {
            let of = |middle: &str| norm(&format!("{prefix}{middle}{suffix}"));
            for other in &cases {
                assert_eq!(of(other), of(&c.to_string()), "{c:?} and {other:?}");
            }
        }
    }
}

#[test]
fn spaces_beside_dashes_and_punctuation_are_ignored() {
    for forms in [
        &[
            "Sell it—now",
            "Sell it – now",
            "sell it - now",
            "Sell it -- now",
            "Sell it --- now",
            "Sell it ―now",
        ][..],
        &["5-10 days", "5 – 10 days", "5−10 days"],
        &["Oui : vendre !", "Oui\u{202f}: vendre", "oui: vendre"],
        &["Sell it , now", "Sell it, now"],
        &["- 5 °C", "-5 °C", "−5 °C"],
    ] {
        for form in forms {
            assert_eq!(norm(form), norm(forms[0]), "{form}");
        }
    }
    for (a, b) in [
        ("5-10", "510"),
        ("-5", "5"),
        ("C--", "C-"),
        ("5 - -3", "5 - 3"),
        ("re-sign", "resign"),
        ("use .NET", "use NET"),
        ("1, 5", "1,5"),
        ("no one", "noone"),
    ] {
        assert!(!same_answer(a, b), "{a} and {b}");
    }
}

#[test]
fn optional_signs_of_a_script_make_no_other_answer() {
    for (full, bare) in [
        ("شَلَام", "شلام"),
        ("بيـــع السيّارة", "بيع السيارة"),
        ("שָׁלוֹם", "שלום"),
        ("می\u{200c}فروشیم", "میفروشیم"),
    ] {
        assert_eq!(norm(full), norm(bare), "{full}");
    }
    assert!(!same_answer("أ", "ا"), "a hamza is written");
    for dot in "・･·‧∙⋅".chars() {
        assert_eq!(norm(&format!("東京{dot}大阪")), "東京·大阪", "{dot:?}");
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

    /// Of letters, digits and signs all count: only case, width, the kind of dash and how many of
    /// them stand between words do not.
    #[test]
    fn two_answers_never_merge(a in "[a-c0-2$+<>%#&=~^|/@-]{1,6}", b in "[a-c0-2$+<>%#&=~^|/@-]{1,6}") {
        prop_assume!(![&a, &b].into_iter().any(|text| text.contains("--")));
        prop_assert_eq!(norm(&a) == norm(&b), a == b, "{} and {}", a, b);
    }

    /// Case, width, the kind of quotation mark, dash and space, and what cannot be seen.
    #[test]
    fn variants_of_an_answer_are_that_answer(
        words in proptest::collection::vec("[a-z0-9ßàéπжאب한売]{1,4}", 1..4),
        quote in proptest::sample::select("'’‘ʼ＇".chars().collect::<Vec<_>>()),
        dash in proptest::sample::select(vec!["-", "–", "—", " - ", " – ", "\u{2009}—\u{2009}", "－"]),
        space in proptest::sample::select(vec![" ", "  ", "\u{a0}", "\u{3000}", "\t", " \u{200b}"]),
        upper in any::<bool>(),
        wide in any::<bool>(),
    ) {
        let plain = format!("it's {} - or", words.join(" "));
        let variant = plain.replace(" - ", "\u{1}").replace(' ', space).replace('\u{1}', dash);
        let variant = variant.replace('\'', &quote.to_string());
        let variant = if upper { variant.to_uppercase() } else { variant };
        let widened = |c: char| match c {
            '!'..='~' if wide => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
            c => c,
        };
        let variant: String = variant.chars().map(widened).collect();
        prop_assert_eq!(norm(&variant), norm(&plain), "{}", variant);
    }

    #[test]
    fn letters_and_digits_come_through_in_their_order(text in "[\\p{Lo}\\p{Nd}\\p{P}\\p{S} ]{0,16}") {
        let kept = |text: &str| -> String {
            let plain = text.chars().filter(|c| !is_invisible(*c)).nfkc().collect::<String>();
            let plain = plain.to_lowercase();
            plain.nfkd().filter(|c| !is_optional_sign(*c)).nfkc().filter(|c| c.is_alphanumeric()).collect()
        };
        // An acute accent is read as an apostrophe; it might be composed with the letter before it.
        prop_assume!(!text.contains(['\u{b4}', '\u{1ffd}']));
        prop_assert_eq!(kept(&norm(&text)), kept(&text));
    }
}

#[test]
fn marks_that_are_typed_in_different_ways_are_one() {
    for forms in [
        &["Don't", "Don`t", "Don′t", "Don’t", "Donʼt", "Donʹt", "Don´t", "Don｀t", "don‛t"][..],
        &["¡Sí!", "Sí", "¡sí"],
        &["¿Vender?", "Vender"],
        &["50 %", "50%", "50％", "50\u{a0}%"],
        &["10:30", "10∶30", "10：30", "10꞉30"],
        &["Yes, close it", "Yes，close it", "Yes,close it", "Yes ، close it", "yes، close it"],
        &["نعم، الآن", "نعم,الآن"],
    ] {
        for form in forms {
            assert_eq!(norm(form), norm(forms[0]), "{form}");
        }
    }
    for (a, b) in [("1,000", "1 000"), ("1,2", "12"), ("`a` b", "'a b"), ("50", "50%"), ("5′", "5")]
    {
        assert_ne!(norm(a), norm(b), "{a} {b}");
    }
    assert_eq!(norm("1,000"), "1,000");
}
