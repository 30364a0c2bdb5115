//! Where only ASCII is shown. Everything that the command writes for people passes through here;
//! documents, logs and settings, which programs read, do not.

use std::{
    borrow::Cow,
    io::{self, StdoutLock, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use anstream::AutoStream;

/// Only ASCII is shown. Like the choice of colours it holds for the whole process.
static ASCII: AtomicBool = AtomicBool::new(false);

/// From now on our own marks are ASCII.
pub(crate) fn use_ascii() {
    ASCII.store(true, Ordering::Relaxed);
}

/// Whether our own marks are ASCII.
pub(super) fn is_ascii() -> bool {
    ASCII.load(Ordering::Relaxed)
}

/// Stdout for what people read: with colours and other characters than ASCII only where they show.
pub(crate) fn stdout() -> Readable<AutoStream<StdoutLock<'static>>> {
    Readable(anstream::stdout().lock())
}

/// A stream whose characters are those that are shown.
pub(crate) struct Readable<W>(W);

impl<W: Write> Write for Readable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Rust's own formatting writes whole characters.
        match std::str::from_utf8(bytes) {
            Ok(text) => self.0.write_all(readable(text).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A text as it is shown: where only ASCII is, lines, quotes, dashes and the like are drawn with it,
/// each as wide as before. Letters stay: to lose them would be worse than to garble them.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    if is_ascii() && !text.is_ascii() {
        Cow::Owned(text.chars().map(in_ascii).collect())
    } else {
        Cow::Borrowed(text)
    }
}

const fn in_ascii(c: char) -> char {
    match c {
        '│' | '▏' | '┃' => '|',
        '─' | '━' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '·' => '-',
        '╭' | '╮' | '╰' | '╯' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => {
            '+'
        }
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' => '\'',
        '…' => '~',
        '•' | '‣' | '▪' | '●' | '◦' | '○' | '∙' => '*',
        '→' | '⇒' | '▶' => '>',
        '←' | '⇐' | '◀' => '<',
        '✓' | '✔' => '+',
        '✗' | '✘' | '×' => 'x',
        // Spaces that do not break, or are narrower.
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use textwrap::core::display_width;

    use super::*;

    #[test]
    fn marks_become_ascii_of_the_same_width_and_letters_stay() {
        let text = "╭─ “Ünï” – 雪’s… │ · ▏╯ ✓ ✗ • ‣ → 3\u{202f}× ‹a›";
        let shown: String = text.chars().map(in_ascii).collect();
        assert_eq!(shown, "+- \"Ünï\" - 雪's~ | - |+ + x * * > 3 x 'a'");
        assert_eq!(display_width(&shown), display_width(text));
    }
}
