use super::*;

#[test]
fn a_sentence_ends_where_a_reader_says_so() {
    for (text, first) in [
        ("It costs 3.5 million. Too much.", "It costs 3.5 million."),
        ("One line\nand another.", "One line"),
        ("What? No!", "What?"),
        ("1. Ban cars. Now.", "Ban cars."),
        ("- Ban cars.\n- Now.", "Ban cars."),
        ("He said “stop.” Then he left.", "He said “stop.”"),
        ("Dr. Meier counted 40 cars. They wait.", "Dr. Meier counted 40 cars."),
        ("Some, e.g. the clinic, need it. Others wait.", "Some, e.g. the clinic, need it."),
        ("道路很窄。商店会受损。", "道路很窄。"),
        ("سڑک تنگ ہے۔ دکانیں", "سڑک تنگ ہے۔"),
        ("no end", "no end"),
        ("1.", "1."),
        ("", ""),
    ] {
        assert_eq!(telling_sentence(text), first, "{text:?}");
    }
}

#[test]
fn what_says_nothing_is_passed_over() {
    for filler in [
        "Certainly!",
        "Sure, I'm ready.",
        "Sure, I’m ready.",
        "Great question.",
        "That's a great question!",
        "Thank you, Speaker B.",
        "Thank you for sharing your thoughts.",
        "As an AI language model, I do not have personal opinions.",
        "As an AI, I can’t vote.",
        "Hello everyone!",
        "I agree.",
        "I agree, Speaker A.",
        "Yes, of course.",
        "Okay, let's begin.",
        "**Certainly!**",
        "Here is my opening statement:",
        "## Opening statement:\n",
        "Answer:",
        "I'd be happy to help with that.",
        "Natürlich!",
        "Vielen Dank!",
        "Guten Tag!",
        "Bien sûr !",
        "D’accord.",
        "Claro, por supuesto.",
        "¡Hola!",
        "好的，",
        "当然可以！",
        "谢谢大家。",
        "作为一个AI，我没有个人意见。",
        "Okay, let me think.",
        "Let me think about this step by step.",
        "Sure, here is my opening statement.",
        "I think so.",
        "Hmm.",
        "Конечно!",
        "Хорошо, спасибо!",
        "もちろんです。",
        "はい、わかりました。",
        "Claro que sí.",
        "Claro que si\u{301}.",
        "Com certeza!",
        "Certo, va bene.",
        "Bien sûr !",
        "Très bonne question.",
        "好的。",
        "好的，让我想想。",
        "물론입니다.",
        "Natuurlijk!",
        "Oczywiście!",
        "Tabii ki!",
        "بالتأكيد!",
        "बिल्कुल!",
        "แน่นอนครับ",
        "👍",
        "...",
    ] {
        for gap in [" ", "\n", "\n\n"] {
            // These end no sentence.
            let gap =
                if filler.trim_end().ends_with(['，', ':', '👍', 'บ']) { "\n" } else { gap };
            let text = format!("{filler}{gap}The street is narrow. It is.");
            assert_eq!(telling_sentence(&text), "The street is narrow.", "{text:?}");
        }
        assert!(!telling_sentence(filler).is_empty(), "{filler:?} is better than nothing");
    }
}

#[test]
fn sentences_with_content_are_kept_with_their_greeting() {
    for telling in [
        "Certainly, cars harm the shops.",
        "I agree that cars harm the shops.",
        "I agree with Speaker A on the clinic.",
        "As an AI, I think that the street should be closed.",
        "As a critic, I see three risks.",
        "No car was counted.",
        "Good schools need quiet.",
        "Answer: Yes",
        "好的方案是关闭街道。",
        "当然要关闭街道。",
        "もちろん、閉鎖すべきです。",
        "Конечно, улица узкая.",
        "Claro que la calle es estrecha.",
        "Okay, let me say that cars harm the shops.",
        "Let me think of the shops, and of the noise that cars make in the street day and night, and of the many people who live there, and of the ones who come to buy there.",
        "40 %.",
    ] {
        let text = format!("{telling}\nThe street is narrow.");
        assert_eq!(telling_sentence(&text), telling);
    }
}
