/// A key press, as far as menus and line editing need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A printable character.
    Char(char),
    /// Ends a line.
    Enter,
    /// A line break within pasted text.
    LineBreak,
    /// Erases the last character.
    Erase,
    /// Erases the last word.
    EraseWord,
    /// Erases the line.
    EraseLine,
    /// Cancels.
    Escape,
    /// Ctrl-C, or the key that the terminal uses instead.
    Interrupt,
}

/// Decodes the bytes of a terminal into keys, however they are split.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The first bytes of an incomplete character.
    partial: Vec<u8>,
    /// The byte of [`Key::Interrupt`]; `None` if the terminal sends a signal instead.
    interrupt: Option<u8>,
    /// Within pasted text, the last bytes, if they may begin its end; `None` outside of it.
    pasted: Option<Vec<u8>>,
}

const ESCAPE: u8 = 0x1b;
/// What a terminal sends before pasted text, if it marks it (xterm's bracketed paste mode).
const PASTE_START: &[u8] = b"\x1b[200~";
/// What it sends after it.
const PASTE_END: &[u8] = b"\x1b[201~";

impl Decoder {
    /// Creates a decoder for a terminal that sends this byte for Ctrl-C.
    pub(super) fn new(interrupt: Option<u8>) -> Self {
        Self { interrupt, ..Self::default() }
    }

    /// Decodes these bytes. Arrows, function keys and other special keys are skipped.
    pub(super) fn keys(&mut self, bytes: &[u8]) -> Vec<Key> {
        let mut keys = Vec::new();
        let interrupt = self.interrupt;
        // An interrupt counts even within a sequence, as a signal would.
        for (place, part) in bytes.split(|byte| Some(*byte) == interrupt).enumerate() {
            if place > 0 {
                self.partial.clear();
                self.pasted = None;
                keys.push(Key::Interrupt);
            }
            self.decode(part, &mut keys);
        }
        keys
    }

    fn decode(&mut self, bytes: &[u8], keys: &mut Vec<Key>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.pasted.take() {
                Some(held) => self.decode_pasted(held, rest, keys),
                None => self.decode_typed(rest, keys),
            };
        }
    }

    /// Decodes bytes up to pasted text. Returns those of the text.
    fn decode_typed<'b>(&mut self, bytes: &'b [u8], keys: &mut Vec<Key>) -> &'b [u8] {
        let mut rest = bytes;
        loop {
            if let Some(text) = rest.strip_prefix(PASTE_START) {
                self.pasted = Some(Vec::new());
                return text;
            }
            let [byte, after @ ..] = rest else { return rest };
            rest = after;
            match byte {
                b'\r' | b'\n' => keys.push(Key::Enter),
                0x08 | 0x7f => keys.push(Key::Erase),
                0x17 => keys.push(Key::EraseWord),
                0x15 => keys.push(Key::EraseLine),
                b'\t' => keys.push(Key::Char(' ')),
                // Alone it is the Escape key; otherwise it starts the sequence of a special key.
                &ESCAPE if after.is_empty() => keys.push(Key::Escape),
                // Alt-Backspace erases a word, as in shells.
                &ESCAPE if matches!(after, [0x08 | 0x7f, ..]) => {
                    keys.push(Key::EraseWord);
                    rest = &after[1..];
                }
                &ESCAPE => rest = after_sequence(after),
                byte if byte.is_ascii_control() => {}
                byte => keys.extend(self.character(*byte).map(Key::Char)),
            }
        }
    }

    /// Decodes pasted text, of which `held` came before. Returns the bytes after it.
    fn decode_pasted<'b>(
        &mut self,
        mut held: Vec<u8>,
        bytes: &'b [u8],
        keys: &mut Vec<Key>,
    ) -> &'b [u8] {
        let mut rest = bytes;
        while let [byte, after @ ..] = rest {
            rest = after;
            held.push(*byte);
            if held == PASTE_END {
                return rest;
            }
            if PASTE_END.starts_with(&held) {
                continue;
            }
            // Only its first byte is an escape, so that no later one may begin the end.
            if *byte == ESCAPE {
                held.pop();
            }
            for byte in held.drain(..) {
                match byte {
                    b'\r' | b'\n' => keys.push(Key::LineBreak),
                    b'\t' => keys.push(Key::Char(' ')),
                    byte if byte.is_ascii_control() => {}
                    byte => keys.extend(self.character(byte).map(Key::Char)),
                }
            }
            if *byte == ESCAPE {
                held.push(ESCAPE);
            }
        }
        self.pasted = Some(held);
        rest
    }

    fn character(&mut self, byte: u8) -> Option<char> {
        self.partial.push(byte);
        match std::str::from_utf8(&self.partial) {
            Ok(text) => {
                let c = text.chars().next().filter(|c| !c.is_control());
                self.partial.clear();
                c
            }
            Err(error) => {
                // More bytes may complete the character, unless it is invalid.
                if error.error_len().is_some() {
                    self.partial.clear();
                }
                None
            }
        }
    }
}

/// Returns the bytes after an escape sequence, whose first byte has been read.
fn after_sequence(bytes: &[u8]) -> &[u8] {
    let (begin, end) = match bytes {
        [b'[', ..] => (1, bytes[1..].iter().position(|byte| (0x40..=0x7e).contains(byte))),
        [b'O', ..] => (1, Some(0)),
        _ => (0, Some(0)),
    };
    bytes.get(begin + end.unwrap_or(bytes.len()) + 1..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(pieces: &[&[u8]]) -> Vec<Key> {
        let mut decoder = Decoder::default();
        pieces.iter().flat_map(|piece| decoder.keys(piece)).collect()
    }

    #[test]
    fn characters_are_decoded_however_their_bytes_are_split() {
        let chars = |text: &str| text.chars().map(Key::Char).collect::<Vec<_>>();
        assert_eq!(decoded(&["aé€🙂".as_bytes()]), chars("aé€🙂"));
        let bytes: Vec<_> = "aé€🙂".bytes().map(|byte| [byte]).collect();
        let pieces: Vec<&[u8]> = bytes.iter().map(|byte| &byte[..]).collect();
        assert_eq!(decoded(&pieces), chars("aé€🙂"));
    }

    #[test]
    fn editing_keys_are_distinguished_from_characters() {
        let keys = [
            Key::Erase,
            Key::Erase,
            Key::EraseWord,
            Key::EraseLine,
            Key::Enter,
            Key::EraseWord,
            Key::Escape,
        ];
        assert_eq!(decoded(&[b"\x7f\x08\x17\x15\r\x1b\x7f", b"\x1b"]), keys);
    }

    #[test]
    fn special_keys_and_invalid_bytes_are_skipped() {
        let special: &[u8] = b"\x1b[A\x1b[1;5C\x1bOP\x1bx\x01\xff\xc3(z";
        assert_eq!(decoded(&[special]), [Key::Char('z')]);
        assert_eq!(decoded(&[b"\x1b[", b"z"]), [Key::Char('z')]);
    }

    #[test]
    fn pasted_text_keeps_its_line_breaks_however_it_is_split() {
        let text = "ab\r\né\tc\x1b[201\x1b[A".as_bytes();
        let all = [PASTE_START, text, PASTE_END, b"\rz"].concat();
        let mut keys: Vec<_> = "ab\r\né c[201[A".chars().map(Key::Char).collect();
        (keys[2], keys[3]) = (Key::LineBreak, Key::LineBreak);
        keys.extend([Key::Enter, Key::Char('z')]);
        assert_eq!(decoded(&[&all]), keys);
        for at in PASTE_START.len()..all.len() {
            assert_eq!(decoded(&[&all[..at], &all[at..]]), keys, "split at {at}");
        }
        let interrupted = [PASTE_START, b"a\x03\r"].concat();
        let keys = Decoder::new(Some(3)).keys(&interrupted);
        assert_eq!(keys, [Key::Char('a'), Key::Interrupt, Key::Enter]);
    }

    #[test]
    fn interrupts_count_even_within_sequences() {
        let decoded = |bytes: &[u8]| Decoder::new(Some(3)).keys(bytes);
        let (interrupt, z) = (Key::Interrupt, Key::Char('z'));
        assert_eq!(decoded(b"\x03\x03"), [interrupt, interrupt]);
        assert_eq!(decoded(b"z\x03z"), [z, interrupt, z]);
        assert_eq!(decoded(b"\x1b\x03\x1b[\x03z"), [Key::Escape, interrupt, interrupt, z]);
        assert_eq!(decoded(b"\xc3\x03z"), [interrupt, z]);
        assert_eq!(Decoder::default().keys(b"\x03"), []);
    }
}
