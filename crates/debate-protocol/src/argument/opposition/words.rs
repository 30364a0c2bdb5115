//! Words by which a sentence denies, disapproves or compares. They only keep a statement from being
//! quoted, so that the lists need not be complete.

use std::sync::LazyLock;

use crate::mention::{begins_with, ends_with, holds, places, words_of};

/// Words in the form in which texts are compared.
pub(super) struct WordList(LazyLock<Vec<String>>);

impl WordList {
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|word| holds(text, word))
    }

    pub(super) fn begins(&self, text: &str) -> bool {
        self.0.iter().any(|word| begins_with(text, word))
    }

    pub(super) fn ends(&self, text: &str) -> bool {
        self.0.iter().any(|word| ends_with(text, word))
    }

    /// Where each of the words begins and ends in a text.
    pub(super) fn found<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        let ends = |word: &'a String| places(text, word).map(move |at| (at, at + word.len()));
        self.0.iter().flat_map(ends)
    }

    /// A text without the words.
    pub(super) fn removed_from(&self, text: &str) -> String {
        let mut left = text.to_owned();
        for word in self.0.iter() {
            loop {
                let found = places(&left, word).next();
                let Some(at) = found else { break };
                left.replace_range(at..at + word.len(), " ");
            }
        }
        left.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

macro_rules! word_lists {
    ($($(#[$doc:meta])* $name:ident = $words:expr;)*) => {
        $(
            $(#[$doc])*
            pub(super) static $name: WordList = WordList(LazyLock::new(|| {
                $words.iter().flat_map(|line| line.split(", ")).map(words_of).collect()
            }));
        )*
    };
}

word_lists! {
    /// Words that deny. `n't` and `n'` are written out before a text is compared with them.
    DENIALS = [
        "not, no, never, nor, neither, none, nobody, no one, nothing, cannot, cant, dont, wont, hardly, scarcely",
        "anything but, far from",
        "nicht, kein, keine, keinen, keiner, keinem, keines, nie, niemals, nein, niemand, kaum",
        "ne, pas, non, jamais, aucun, aucune, personne, rien",
        "nunca, jamás, ningún, ninguna, nadie, nada, tampoco, nessuno, nessun, nessuna, niente, não, nem, ninguém",
        "niet, geen, nooit, inte, ej, aldrig, ingen, inget, ikke, aldri, ei, älä, eivät",
        "nigdy, nie, nikt, není, nikdy, nem, soha, nu este, nu trebuie, nu ar, değil, hayır, asla, δεν, όχι, μην",
        "не, нет, никогда, никто, нельзя, вряд ли, едва ли, незачем, ні, немає, ніколи",
        "不, 没, 沒, 別, 别, 勿, 未必, 并非, 並非",
        "ない, ません, ではな, べきでは, ずに, 아니, 않, 못, 말아야, 말자, 지 마",
        "لا, ليس, ليست, لن, لم, غير, לא, אין, אל, نه, نیست, نباید, नहीं, मत",
        "ไม่, không, chẳng, đừng, tidak, bukan, jangan",
    ];
    /// Denials that are none, or that deny something else than what stands beside them.
    HARMLESS = [
        "no doubt, without doubt, without a doubt, beyond doubt, not only, not just, not merely, nothing but, why not",
        "no reason not to, no alternative but, no choice but, no alternative to, no better, nothing better, cannot but",
        "not wait, cannot wait, no longer wait, not delay, not hesitate, no longer hesitate, not later, no later",
        "wrong not to, mistake not to, unwise not to, no time to lose, no time to waste",
        "nicht nur, kein zweifel, keinen zweifel, nicht warten, nicht zögern, nicht länger warten, nicht später",
        "pas seulement, aucun doute, ne pas attendre, ne faut pas attendre, ne pouvons pas attendre",
        "no solo, no sólo, no hay duda, sin duda, no esperar, non solo, senza dubbio, não só, sem dúvida",
        "не только, нельзя ждать, не стоит ждать, нельзя медлить, нет сомнений",
        "不仅, 不僅, 不但, 不只, 不得不, 毫不, 不断, 不同, 不能再等, 不要等待, 不要等, 不能等待, 不能等, 不容置疑",
        "特别, 特別, 区别, 分别, 差别, 级别, 類別",
        "なければならない, なければなりません, なくてはならない, なくてはなりません, ねばならない, ざるを得ない",
        "しかない, に違いない, 間違いない, 間違いなく, だけでなく, かもしれない, かもしれません, 少ない, 問題ない",
        "않으면 안, 뿐만 아니라, 뿐 아니라",
    ];
    /// Words that call something wrong, or worse than another.
    DISAPPROVALS = [
        "against, reject, rejects, rejected, oppose, opposes, opposed, doubt, doubts, disagree, disagrees",
        "wrong, a mistake, the mistake, big mistake, grave mistake, serious mistake, mistaken, an error, erroneous",
        "worse, worst, inferior, is less, are less, be less, far less, much less, slower, riskier, weaker",
        "bad idea, bad choice, bad option, bad answer, bad decision, bad plan, is bad, be bad, poor choice, poor idea",
        "poor option, foolish, unwise, folly, premature, reckless, misguided, harmful, dangerous, disastrous, too far",
        "gegen, lehne, lehnt, lehnen, ablehnen, abzulehnen, dagegen, falsch, falsche, falscher, ein fehler, einen fehler",
        "ein irrtum, fehlentscheidung, schlechter, schlechte, schlechteste, schlimmer, unklug, gefährlich, voreilig",
        "contre, faux, fausse, une erreur, mauvais, mauvaise, pire, moins bon, moins bonne, dangereux, dangereuse",
        "contra, equivocado, equivocada, un error, incorrecto, incorrecta, mala idea, mala opción, peor, en contra",
        "contro, sbagliato, sbagliata, un errore, peggio, peggiore, errado, errada, um erro, pior",
        "tegen, verkeerd, een fout, slechter, fel, ett misstag, sämre, forkert, en fejl, feil, dårligere",
        "źle, błąd, błędem, gorsze, gorszy, špatně, chyba, chybou, horší, rossz, hiba, yanlış, hata, karşı, λάθος",
        "против, неверно, неправильно, неправильный, неправильная, ошибка, ошибкой, ошибочно, хуже, худший, проти, помилка",
        "反对, 反對, 错误的, 錯誤的, 是错, 是錯, 是个错误, 是一个错误, 错误选择, 更差, 更糟, 糟糕, 不如",
        "反対, 間違, 誤り, 誤った, 悪い, 劣る, 반대, 잘못, 틀렸, 틀린, 나쁜, 나쁘",
        "ضد, خطأ, أسوأ, נגד, טעות, اشتباه, गलत, ผิด, sai lầm, salah",
    ];
    /// What an option may be said not to do or to be.
    HARMS = [
        "harm, hurt, cost, need, require, crash, break, slow, hard, difficult, expensive, costly, risky, perfect, waste",
        "teuer, schwer, schwierig, langsam, riskant, perfekt, cher, chère, difficile, lent, lente, parfait, parfaite",
        "caro, cara, difícil, lento, lenta, дорого, сложно, трудно",
    ];
    /// Words between a denial and what it denies, or between a comparison and what it compares with.
    FILLERS = [
        "be, been, is, are, was, a, an, the, at all, that, so, very, any, in, really, even, necessarily, pas",
        "to, of, simply, just, with, zu, ein, eine, einen, einem, sie, es, une, un, uma, est, de, la, le, el, su",
    ];
    /// Words behind which the worse of two follows, or what is to be left.
    COMPARISONS = [
        "than, over, instead of, rather than, in place of, beats, outweighs, outperforms, trumps, preferable to",
        "superior to, als, statt, anstatt, anstelle von, au lieu de, plutôt que, en lugar de, en vez de, invece di",
        "em vez de, чем, вместо, niż, než, 比, 而不是",
        "avoid, avoids, avoiding, refuse, refuses, refrain from, abandon, éviter, évitons, evitar, избегать, 避免",
    ];
    /// The same where a word for more comes before them.
    COMPARISONS_OF_MORE = ["que, qu, di, do que, dan, än, end, enn"];
    MORE = [
        "plus, mieux, meilleur, meilleure, préférable, más, mejor, preferible, più, meglio, migliore, mais, melhor",
        "beter, meer, bättre, mer, bedre, mere",
    ];
    /// Words that turn a comparison around.
    WORSE = [
        "worse, slower, riskier, weaker, less, fewer, inferior, costlier, dearer, harder, more expensive, more costly",
        "more dangerous, more risky, more harmful, more difficult, schlechter, schlimmer, langsamer, weniger, teurer",
        "riskanter, pire, moins, peor, menos, peggio, meno, pior, хуже, меньше, менее, медленнее, дороже, 差, 糟, 悪",
    ];
    PREFERENCES = ["prefer, prefers, preferred"];
    /// Words behind an option of Japanese and Korean to which another is preferred.
    BEHIND_THE_WORSE = ["より, よりも, 보다"];
    /// Words with which a clause begins that the one before it does not bind.
    CONTRASTS = [
        "but, so, therefore, thus, hence, instead, we should, we must, let us, let's",
        "sondern, aber, also, daher, deshalb, darum, mais, donc, pero, sino, por eso, así que, ma, quindi, mas, portanto",
        "но, а, поэтому, значит, 所以, 因此, 但是, 而是, 而应, 而應, だから, しかし, むしろ, 그러므로, 그래서",
    ];
    /// Words with which a clause begins that says what is not meant.
    CONTRARIES = ["not, and not, and do not, nicht, und nicht, pas, et pas, не, а не"];
    /// Words with which a clause begins that only gives the ground of the next.
    GROUNDS = [
        "since, because, if, as, when, while, although, though, unless, weil, wenn, da, obwohl, solange",
        "parce que, si, puisque, quand, comme, porque, como, aunque, se, perché, если, так как, поскольку, хотя",
        "因为, 因為, 如果",
    ];
    /// Words in a clause behind which its ground follows.
    REASONS = ["because, weil, parce que, puisque, porque, perché, потому что, так как, because of"];
    /// Words that stand for what the clause before has named.
    PRONOUNS = [
        "it, that, this, they, es, das, dies, ce, c, cela, il, elle, eso, esto, es, questo, это, она, он, оно",
        "这, 這, 那, 它, これ, それ",
    ];
    /// What something is that a speaker is for.
    APPROVALS = [
        "good, right, wise, safe, answer, solution, choice, option, way, way to go, worth, helpful, enough, acceptable",
        "gut, richtig, klug, sicher, antwort, lösung, wahl, bon, bonne, solution, choix, réponse",
        "bueno, buena, solución, opción, respuesta, выход, решение, правильно",
    ];
    /// Words that do not tell what is to be done.
    WEAK = [
        "now, today, soon, later, here, more, her, him, them, jetzt, heute, sie, ihn, ihm, ihnen, maintenant, lui",
        "leur, ahora, сейчас, её, ее, его, их",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_and_removed() {
        assert!(DENIALS.is_in("we do not sell") && !DENIALS.is_in("we note it"));
        assert!(DENIALS.is_in("我们不应该") && DENIALS.is_in("べきではない"));
        assert!(FILLERS.begins("the market") && !FILLERS.begins("theory"));
        assert!(COMPARISONS.ends("is better than") && !COMPARISONS.ends("is better"));
        assert_eq!(HARMLESS.removed_from("there is no doubt we do not wait"), "there is we do");
        assert_eq!(DENIALS.found("not now, nor").collect::<Vec<_>>(), [(0, 3), (9, 12)]);
    }
}
