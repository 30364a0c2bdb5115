//! ASCII output for terminals and locales without Unicode. Everything that the command writes for people
//! passes through here; documents, logs and settings, which programs read, do not.

use std::{
    borrow::Cow,
    io::{self, StdoutLock, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use anstream::AutoStream;

/// Whether output is ASCII, for the whole process like the choice of colours.
static ASCII: AtomicBool = AtomicBool::new(false);

/// Switches to ASCII.
pub(crate) fn use_ascii() {
    ASCII.store(true, Ordering::Relaxed);
}

/// Whether output is ASCII.
pub(super) fn is_ascii() -> bool {
    ASCII.load(Ordering::Relaxed)
}

/// Returns stdout for human readers, with colours and Unicode only where they are supported.
pub(crate) fn stdout() -> Readable<AutoStream<StdoutLock<'static>>> {
    Readable(anstream::stdout().lock())
}

/// A stream that converts characters to ASCII if necessary.
pub(crate) struct Readable<W>(W);

impl<W: Write> Write for Readable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Formatting macros write whole characters, so other bytes pass through unchanged.
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

/// Replaces lines, quotes, dashes and similar marks with ASCII of the same width, if output is ASCII.
/// Letters stay, because losing them would be worse than garbling them.
pub(crate) fn readable(text: &str) -> Cow<'_, str> {
    if is_ascii() && !text.is_ascii() {
        Cow::Owned(text.chars().map(to_ascii).collect())
    } else {
        Cow::Borrowed(text)
    }
}

const fn to_ascii(c: char) -> char {
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
        // Non-breaking and narrow spaces.
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
        let shown: String = text.chars().map(to_ascii).collect();
        assert_eq!(shown, "+- \"Ünï\" - 雪's~ | - |+ + x * * > 3 x 'a'");
        assert_eq!(display_width(&shown), display_width(text));
    }
}
