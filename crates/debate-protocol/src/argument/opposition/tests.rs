use super::*;

fn is_opposed(options: &[&str], statement: &str) -> bool {
    let options = DebateOption::list(options.iter().copied());
    NamedAnswer::of(&options[0], &options).is_opposed_in(statement)
}

#[test]
fn a_statement_that_denies_the_answer_is_opposed() {
    let mut wrong: Vec<&str> = Vec::new();
    for (own, other, statements) in [
        (
            "Close it",
            "Keep it open",
            &[
                "We should not close it.",
                "Trade counts. We shouldn’t close it.",
                "Nobody should close it.",
                "Closing it is not the answer.",
                "It is not wise, in my view, to close it.",
                "Closing it, as some propose, would be a mistake.",
                "It would be a grave mistake to close it.",
                "Closing it is wrong.",
                "What we must not do: close it.",
                "Close it? No.",
                "Should we close it? We should not!",
                "Close it? That is the wrong way.",
                "Closing it is popular, but it is the wrong choice.",
                "If we close it, nobody will come.",
                "We should avoid closing it.",
                "Let us talk rather than close it.",
                "I reject the plan to close it.",
                "I am against O1.",
                "I cannot vote for option 1.",
                "Do not make the mistake of closing it.",
            ][..],
        ),
        (
            "Rust",
            "C++",
            &[
                "Rust is the wrong choice.",
                "Rust isn't ready.",
                "Rust is worse than what we have.",
                "What we have is better than Rust.",
                "What we have is faster and simpler than Rust.",
                "I prefer what we have to Rust.",
                "Choose safety over Rust.",
                "The old compiler beats Rust.",
                "Rust will not help us.",
                "Rust is popular. It is not the right tool.",
                "Rust is a bad idea",
                "The wrong choice: Rust.",
                "Ein Fehler wäre Rust, und zwar ein großer.",
                "I would not choose Rust.",
                "Rust n’est pas le bon choix.",
                "Rust est le mauvais choix.",
                "Rust ist die falsche Wahl.",
                "Rust — неправильный выбор.",
                "Rust 是错误的选择。",
                "Rustは間違った選択です。",
            ],
        ),
        (
            "Act now",
            "Wait",
            &[
                "Waiting is far better than acting now.",
                "Waiting beats acting now.",
                "Acting now is premature.",
                "We must never act in haste.",
                "To act now is less safe.",
                "Acting now would be worse than waiting.",
                "It is better to wait than to act now.",
                "There is no good case for acting now.",
            ],
        ),
        ("Don't close it", "Close it", &["I am against O1.", "“Don’t close it” is wrong."]),
        (
            "No, keep it open",
            "Yes, close it",
            &["We should not keep it open.", "Keep it open? Never!"],
        ),
        (
            "Sie schließen",
            "Sie offen lassen",
            &[
                "Wir sollten sie nicht schließen.",
                "Wir schließen sie besser nicht.",
                "Es ist falsch, sie zu schließen.",
                "Ich glaube nicht, dass wir sie schließen sollten.",
                "Offen lassen ist besser als schließen.",
            ],
        ),
        (
            "La fermer",
            "La laisser ouverte",
            &[
                "Il ne faut pas la fermer.",
                "Il n’est pas sage de la fermer.",
                "La fermer serait une erreur.",
                "Attendre vaut mieux que la fermer.",
            ],
        ),
        (
            "Cerrarla",
            "Dejarla abierta",
            &[
                "No deberíamos cerrarla.",
                "Cerrarla sería un error.",
                "Esperar es mejor que cerrarla.",
            ],
        ),
        (
            "Закрыть её",
            "Оставить открытой",
            &["Не стоит закрывать её.", "Закрывать её — ошибка.", "Лучше ждать, чем закрывать её."],
        ),
        (
            "閉鎖する",
            "開けておく",
            &[
                "閉鎖するべきではない。",
                "閉鎖すべきではありません。",
                "待つ方が閉鎖するより良い。",
                "閉鎖は間違った選択だ。",
            ],
        ),
        ("关闭它", "保持开放", &["我们不应该关闭它。", "关闭它是错误的。", "等待比关闭它好得多。"]),
        (
            "Jetzt handeln",
            "Warten",
            &["Warten ist besser als jetzt zu handeln.", "Wir sollten jetzt nicht handeln."],
        ),
        (
            "Agir maintenant",
            "Attendre",
            &["Attendre vaut bien mieux qu’agir maintenant.", "Il ne faut pas agir maintenant."],
        ),
        ("Actuar ahora", "Esperar", &["Esperar es mucho mejor que actuar ahora."]),
        (
            "Действовать сейчас",
            "Ждать",
            &["Ждать гораздо лучше, чем действовать сейчас.", "Не стоит действовать сейчас."],
        ),
        ("今行動する", "待つ", &["今行動するより待つ方がはるかに良い。", "今行動すべきではない。"]),
        ("閉じる", "開けておく", &["閉じるべきではない。", "閉じない方がいい。"]),
        ("现在行动", "等待", &["等待远比现在行动好。", "我们现在不应该行动。"]),
        ("폐쇄한다", "열어 둔다", &["폐쇄하지 않는 것이 좋다.", "폐쇄는 잘못이다."]),
    ] {
        let missed = statements.iter().filter(|text| !is_opposed(&[own, other], text));
        wrong.extend(missed);
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_statement_for_the_answer_is_not_opposed() {
    let mut wrong: Vec<&str> = Vec::new();
    for (own, other, statements) in [
        (
            "Close it",
            "Keep it open",
            &[
                "We should not wait; close it.",
                "We should not wait, close it now.",
                "We should not wait: close it.",
                "There is no doubt that we should close it.",
                "Cars are not needed here, so close it.",
                "Cars are not wanted, but we should close it.",
                "Since cars do no good, we should close it.",
                "Close it, there is no alternative.",
                "Close it: there is no time to lose.",
                "Close it, not half of it.",
                "Close it because cars do not belong here.",
                "Closing it does not harm the shops.",
                "Closing it is not a mistake.",
                "It is not wrong to close it.",
                "There is no reason not to close it.",
                "Keeping it as it is would be worse than closing it.",
                "Nothing is better than closing it.",
                "The air gets better.",
                "Waiting is wrong. Close it.",
                "Close it. It is not safe to let cars in.",
                "Close it to avoid accidents.",
                "Answer: Close it\nThe noise never ends.",
            ][..],
        ),
        (
            "Rust",
            "C++",
            &[
                "Rust prevents memory errors and mistakes.",
                "Rust is not slow.",
                "Rust is better than what we have.",
                "What we have is slower than Rust.",
                "No language is safer than Rust.",
                "I prefer Rust to what we have.",
                "Rust it is. We have no need of more.",
            ],
        ),
        (
            "Act now",
            "Wait",
            &["Acting now is far better than waiting.", "Act now. Tomorrow is too late."],
        ),
        (
            "Don't close it",
            "Close it",
            &["Don’t close it.", "Do not close it; trade counts.", "The shops need us."],
        ),
        (
            "No, keep it open",
            "Yes, close it",
            &["No, keep it open.", "No. We should keep it open.", "Answer: No, keep it open"],
        ),
        ("No", "Yes", &["No, there is no need.", "No."]),
        (
            "Sie schließen",
            "Sie offen lassen",
            &["Wir sollten nicht warten, sondern sie schließen.", "Kein Zweifel: sie schließen."],
        ),
        ("La fermer", "La laisser ouverte", &["La fermer est mieux que d’attendre."]),
        (
            "Закрыть её",
            "Оставить открытой",
            &["Надо не ждать, а закрыть её.", "Закрыть её лучше, чем ждать."],
        ),
        ("閉鎖する", "開けておく", &["閉鎖しなければならない。", "閉鎖する方が待つより良い。"]),
        (
            "关闭它",
            "保持开放",
            &["不要等待，关闭它。", "关闭它比等待好得多。", "不仅要讨论，还要关闭它。"],
        ),
        (
            "Jetzt handeln",
            "Warten",
            &["Jetzt handeln, nicht warten.", "Jetzt handeln ist besser als warten."],
        ),
        ("Agir maintenant", "Attendre", &["Nous devons agir maintenant, pas demain."]),
        ("Действовать сейчас", "Ждать", &["Мы должны действовать сейчас, а не ждать."]),
        ("今行動する", "待つ", &["今行動すべきだ。待つべきではない。"]),
        ("现在行动", "等待", &["应该现在行动，不要等待。"]),
        ("Ban cars", "Keep cars", &["We should not keep cars.", "Ban cars."]),
    ] {
        wrong.extend(statements.iter().filter(|text| is_opposed(&[own, other], text)));
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_longer_answer_that_contains_the_own_one_is_another() {
    assert!(!is_opposed(&["Keep it", "Keep it open"], "We should not keep it open."));
    assert!(is_opposed(&["Keep it open", "Keep it"], "We should not keep it open."));
}

/// Statements have at most 32,768 characters.
#[test]
fn a_long_statement_of_one_word_is_read() {
    for word in
        ["not ", "the ", "to ", "close it ", "a wrong ", "because ", "no doubt ", "than ", "is "]
    {
        let _ = is_opposed(
            &["Close it", "Keep it"],
            &format!("Closing {}", word.repeat(32_768 / word.len())),
        );
    }
}

#[test]
fn forms_of_a_word_are_kin() {
    for (word, of) in [
        ("closing", "close"),
        ("closed", "close"),
        ("acting", "act"),
        ("banning", "ban"),
        ("закрывать", "закрыть"),
        ("schließt", "schließen"),
        ("fermons", "fermer"),
        ("sells", "sell"),
    ] {
        assert!(is_kin(word, of), "{word}");
    }
    for (word, of) in [("actual", "act"), ("select", "sell"), ("100", "10"), ("bank", "ban")] {
        assert!(!is_kin(word, of), "{word}");
    }
}

proptest::proptest! {
    #[test]
    fn any_statement_is_read(own in "\\PC{1,20}", other in "[a-z ]{1,9}", said in "(not|no|than|, |; |\\PC|close it|关闭它){0,12}") {
        let options = DebateOption::list([own.as_str(), other.as_str(), "close it", "关闭它"]);
        for option in &options {
            let _ = NamedAnswer::of(option, &options).is_opposed_in(&said);
        }
    }
}
