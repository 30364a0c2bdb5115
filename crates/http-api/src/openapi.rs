//! The description of the interface.

mod operation;

pub(crate) use operation::Operation;

/// A name as people read it: `max_rounds` is `Max Rounds`.
pub(crate) fn title_case(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}
