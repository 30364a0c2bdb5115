/// A key press, as far as menus and line editing need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A printable character.
    Char(char),
    /// Ends a line.
    Enter,
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
}

const ESCAPE: u8 = 0x1b;

impl Decoder {
    /// Creates a decoder for a terminal that sends this byte for Ctrl-C.
    pub(super) fn new(interrupt: Option<u8>) -> Self {
        Self { partial: Vec::new(), interrupt }
    }

    /// Decodes these bytes. Arrows, function keys and other special keys are skipped.
    pub(super) fn keys(&mut self, bytes: &[u8]) -> Vec<Key> {
        let mut keys = Vec::new();
        let interrupt = self.interrupt;
        // An interrupt counts even within a sequence, as a signal would.
        for (place, part) in bytes.split(|byte| Some(*byte) == interrupt).enumerate() {
            if place > 0 {
                self.partial.clear();
                keys.push(Key::Interrupt);
            }
            self.decode(part, &mut keys);
        }
        keys
    }

    fn decode(&mut self, bytes: &[u8], keys: &mut Vec<Key>) {
        let mut rest = bytes;
        while let [byte, after @ ..] = rest {
            rest = after;
            match byte {
                b'\r' | b'\n' => keys.push(Key::Enter),
                0x08 | 0x7f => keys.push(Key::Erase),
                0x17 => keys.push(Key::EraseWord),
                0x15 => keys.push(Key::EraseLine),
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
