//! Which characters are marks, in all scripts. Everything that reads a text asks here, so that a
//! mark means the same in a ballot, an opening and an option.

mod properties;

/// Whether a character ends a sentence or a part of one: `.`, `,`, `;`, `:`, `!`, `?`, their kin in
/// all scripts (`。`, `،`, `।`), and the ellipsis.
#[must_use]
pub const fn is_sentence_punctuation(c: char) -> bool {
    if c.is_ascii() {
        matches!(c, '.' | ',' | ';' | ':' | '!' | '?')
    } else {
        c == '…' || properties::ends_phrase(c)
    }
}

/// Whether a character ends a sentence: `.`, `!`, `?` and their kin in all scripts.
#[must_use]
pub const fn is_sentence_end(c: char) -> bool {
    properties::ends_sentence(c)
}

/// Whether a character is a dash, a hyphen or the minus sign.
#[must_use]
pub const fn is_dash(c: char) -> bool {
    c == '-' || (!c.is_ascii() && properties::is_dash(c))
}

/// Whether a character is a quotation mark or a bracket of any script, or one of the `*`, `_` and
/// backticks that mark words in Markdown.
#[must_use]
pub fn is_enclosing(c: char) -> bool {
    matches!(c, '*' | '_' | '`') || properties::encloses(c) || is_quotation_mark(c)
}

/// Whether a character is a quotation mark or an apostrophe of any script.
#[must_use]
pub fn is_quotation_mark(c: char) -> bool {
    matches!(plain_mark(c), '\'' | '"')
}

/// Whether a character is a colon, of any script and width, or a sign that looks like one.
#[must_use]
pub const fn is_colon(c: char) -> bool {
    matches!(
        c,
        ':' | '\u{2d0}' | '\u{2f8}' | '\u{589}' | '\u{5c3}' | '\u{703}'
            ..='\u{709}'
                | '\u{1365}'
                | '\u{1366}'
                | '\u{1804}'
                | '\u{205a}'
                | '\u{2236}'
                | '\u{2982}'
                | '\u{a6f4}'
                | '\u{a789}'
                | '\u{fe13}'
                | '\u{fe30}'
                | '\u{fe55}'
                | '\u{ff1a}'
                | '\u{12471}'
                | '\u{12472}'
                | '\u{1da8a}'
    )
}

/// An apostrophe that is a letter by its category: within a word only it is a mark.
pub(crate) const fn plain_letter_apostrophe(c: char) -> Option<char> {
    match c {
        // Accents and primes that are typed as apostrophes are signs of their own elsewhere.
        '`'
        | '\u{2b9}'..='\u{2bf}'
        | '\u{7f4}'
        | '\u{7f5}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{a78c}' => Some('\''),
        '\u{2ee}' => Some('"'),
        _ => None,
    }
}

/// Whether a character is a sign that a writer of its script may leave out: a vowel point or a
/// cantillation mark of Hebrew, a vowel sign of Arabic or Syriac, or the tatweel, which only makes a
/// word longer.
pub(crate) const fn is_optional_sign(c: char) -> bool {
    matches!(
        c,
        '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}'
            | '\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{656}'..='\u{65f}' | '\u{670}'
            | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}'
            | '\u{6ea}'..='\u{6ed}' | '\u{730}'..='\u{74a}' | '\u{8d3}'..='\u{8e1}'
            | '\u{8e3}'..='\u{8ff}'
    )
}

/// The plain form of a mark: `'` for apostrophes and single quotation marks, `"` for double ones,
/// `-` for dashes, `·` for middle dots, and plain colons, commas, semicolons and percent signs. Anything else
/// stays.
pub(crate) fn plain_mark(c: char) -> char {
    match c {
        '\''
        | '\u{55a}'
        | '\u{5f3}'
        | '‘'..='‛'
        | '‹'
        | '›'
        | '\u{275b}'
        | '\u{275c}'
        | '\u{275f}'
        | '\u{276e}'
        | '\u{276f}'
        | '＇' => '\'',
        // Corner brackets are what East Asian scripts quote with first.
        '"'
        | '«'
        | '»'
        | '\u{5f4}'
        | '“'..='‟'
        | '\u{275d}'
        | '\u{275e}'
        | '\u{2760}'
        | '\u{2e42}'
        | '「'..='』'
        | '〝'..='〟'
        | '﹁'..='﹄'
        | '＂'
        | '｢'
        | '｣'
        | '\u{1f676}'..='\u{1f678}' => '"',
        // Colons as they are typed in times and ratios, and commas of other scripts.
        '\u{2236}' | '\u{a789}' => ':',
        '\u{60c}' | '\u{55d}' | '\u{1363}' => ',',
        '\u{61b}' => ';',
        '\u{66a}' => '%',
        '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{2e31}' | '\u{2e33}' | '・' => '·',
        c if is_dash(c) => '-',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use icu_properties::{
        CodePointMapData, CodePointSetData,
        props::{Dash, GeneralCategory, QuotationMark, SentenceTerminal, TerminalPunctuation},
    };

    use super::*;

    fn disagreements(ours: impl Fn(char) -> bool, theirs: impl Fn(char) -> bool) -> String {
        ('\0'..=char::MAX).filter(|c| ours(*c) != theirs(*c)).collect()
    }

    #[test]
    fn the_properties_are_those_of_icu() {
        let category = CodePointMapData::<GeneralCategory>::new();
        let terminal = CodePointSetData::new::<SentenceTerminal>();
        let terminal_punctuation = CodePointSetData::new::<TerminalPunctuation>();
        let dash = CodePointSetData::new::<Dash>();
        let quotation_mark = CodePointSetData::new::<QuotationMark>();
        assert_eq!(disagreements(properties::ends_sentence, |c| terminal.contains(c)), "");
        let ends_phrase = |c| terminal.contains(c) || terminal_punctuation.contains(c);
        assert_eq!(disagreements(properties::ends_phrase, ends_phrase), "");
        let is_dash = |c| dash.contains(c) || category.get(c) == GeneralCategory::DashPunctuation;
        assert_eq!(disagreements(properties::is_dash, is_dash), "");
        let encloses = |c| {
            quotation_mark.contains(c)
                || [
                    GeneralCategory::OpenPunctuation,
                    GeneralCategory::ClosePunctuation,
                    GeneralCategory::InitialPunctuation,
                    GeneralCategory::FinalPunctuation,
                ]
                .contains(&category.get(c))
        };
        assert_eq!(disagreements(properties::encloses, encloses), "");
    }

    #[test]
    fn every_quotation_mark_is_single_or_double() {
        let quotation_mark = CodePointSetData::new::<QuotationMark>();
        let unknown = |c: &char| quotation_mark.contains(*c) && !is_quotation_mark(*c);
        assert_eq!(('\0'..=char::MAX).filter(unknown).collect::<String>(), "");
    }

    #[test]
    fn no_mark_is_a_letter_or_a_digit() {
        let marks = |c: &char| is_sentence_punctuation(*c) || is_dash(*c) || is_enclosing(*c);
        let letters = ('\0'..=char::MAX).filter(marks).filter(|c| c.is_alphanumeric());
        assert_eq!(letters.collect::<String>(), "");
    }
}
