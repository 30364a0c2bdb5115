use std::{
    borrow::Cow,
    sync::atomic::{AtomicBool, Ordering},
};

/// The terminal shows nothing but ASCII. Like the choice of colours it holds for the whole process.
static ASCII: AtomicBool = AtomicBool::new(false);

/// From now on our own marks are ASCII on terminals.
pub(crate) fn use_ascii() {
    ASCII.store(true, Ordering::Relaxed);
}

/// Whether our own marks are ASCII on terminals.
pub(crate) fn is_ascii() -> bool {
    ASCII.load(Ordering::Relaxed)
}

/// A text for a terminal: where it shows only ASCII, lines, quotes, dashes and the like are drawn
/// with it, each as wide as before. Letters stay: to lose them would be worse than to garble them.
pub(crate) fn for_terminal(text: &str) -> Cow<'_, str> {
    if is_ascii() && !text.is_ascii() {
        Cow::Owned(text.chars().map(in_ascii).collect())
    } else {
        Cow::Borrowed(text)
    }
}

const fn in_ascii(c: char) -> char {
    match c {
        '│' | '▏' => '|',
        '─' | '–' | '—' | '‐' | '‑' | '−' | '·' => '-',
        '╭' | '╮' | '╰' | '╯' => '+',
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' | '‚' => '\'',
        '…' => '~',
        '•' => '*',
        '→' => '>',
        '\u{a0}' | '\u{202f}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use textwrap::core::display_width;

    use super::*;

    #[test]
    fn marks_become_ascii_of_the_same_width_and_letters_stay() {
        let text = "╭─ “Ünï” – 雪’s… │ · ▏╯";
        let shown: String = text.chars().map(in_ascii).collect();
        assert_eq!(shown, "+- \"Ünï\" - 雪's~ | - |+");
        assert_eq!(display_width(&shown), display_width(text));
    }
}
