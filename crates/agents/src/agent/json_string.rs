/// Decodes the inside of a JSON string, character by character. Unescaped control characters are accepted.
#[derive(Debug, Default)]
pub(super) struct JsonString {
    escape: Escape,
    /// A high surrogate whose pair is incomplete.
    high: Option<u16>,
}

#[derive(Debug, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    Unicode {
        digits: u8,
        value: u16,
    },
}

/// The result of decoding a character.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Characters of the string: none inside an escape, two after half a surrogate pair, which becomes
    /// U+FFFD.
    Text([Option<char>; 2]),
    /// The end of the string.
    End,
    /// An invalid escape.
    Invalid,
}

impl JsonString {
    pub(super) fn push(&mut self, c: char) -> Decoded {
        match self.escape {
            Escape::None => match c {
                // Half a surrogate pair at the end is dropped.
                '"' => Decoded::End,
                '\\' => {
                    self.escape = Escape::Begun;
                    Decoded::Text([None, None])
                }
                c => self.character(c),
            },
            Escape::Begun => {
                self.escape = Escape::None;
                match c {
                    '"' | '\\' | '/' => self.character(c),
                    'b' => self.character('\u{8}'),
                    'f' => self.character('\u{c}'),
                    'n' => self.character('\n'),
                    'r' => self.character('\r'),
                    't' => self.character('\t'),
                    'u' => {
                        self.escape = Escape::Unicode { digits: 0, value: 0 };
                        Decoded::Text([None, None])
                    }
                    _ => Decoded::Invalid,
                }
            }
            Escape::Unicode { digits, value } => {
                let Some(digit) = c.to_digit(16).and_then(|digit| u16::try_from(digit).ok()) else {
                    return Decoded::Invalid;
                };
                let value = value << 4 | digit;
                if digits < 3 {
                    self.escape = Escape::Unicode { digits: digits + 1, value };
                    return Decoded::Text([None, None]);
                }
                self.escape = Escape::None;
                self.unit(value)
            }
        }
    }

    fn character(&mut self, c: char) -> Decoded {
        Decoded::Text([self.replacement_of_half(), Some(c)])
    }

    /// Decodes a UTF-16 code unit.
    fn unit(&mut self, unit: u16) -> Decoded {
        let units = [self.high.unwrap_or(unit), unit];
        match (unit, self.high) {
            (0xD800..=0xDBFF, _) => {
                let lone = self.replacement_of_half();
                self.high = Some(unit);
                Decoded::Text([lone, None])
            }
            (0xDC00..=0xDFFF, Some(_)) => {
                self.high = None;
                Decoded::Text([None, char::decode_utf16(units).next().and_then(Result::ok)])
            }
            _ => self.character(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    fn replacement_of_half(&mut self) -> Option<char> {
        self.high.take().map(|_| char::REPLACEMENT_CHARACTER)
    }
}
