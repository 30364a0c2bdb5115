/// Decodes the inside of a JSON string, character by character.
#[derive(Debug, Default)]
pub(super) struct JsonString {
    escape: Escape,
    /// The first half of a surrogate pair.
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

/// What a character of the source brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Characters of the string: none inside an escape, two after half a surrogate pair.
    Text([Option<char>; 2]),
    /// The end of the string.
    End,
    /// It cannot stand in a JSON string.
    Invalid,
}

impl JsonString {
    pub(super) fn push(&mut self, c: char) -> Decoded {
        match self.escape {
            Escape::None => match c {
                // Half of a pair at the end is dropped.
                '"' => Decoded::End,
                '\\' => {
                    self.escape = Escape::Begun;
                    Decoded::Text([None, None])
                }
                c => self.whole(c),
            },
            Escape::Begun => {
                self.escape = Escape::None;
                match c {
                    '"' | '\\' | '/' => self.whole(c),
                    'b' => self.whole('\u{8}'),
                    'f' => self.whole('\u{c}'),
                    'n' => self.whole('\n'),
                    'r' => self.whole('\r'),
                    't' => self.whole('\t'),
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

    fn whole(&mut self, c: char) -> Decoded {
        Decoded::Text([self.lone_half(), Some(c)])
    }

    /// A UTF-16 code unit.
    fn unit(&mut self, unit: u16) -> Decoded {
        let units = [self.high.unwrap_or(unit), unit];
        match (unit, self.high) {
            (0xD800..=0xDBFF, _) => {
                let lone = self.lone_half();
                self.high = Some(unit);
                Decoded::Text([lone, None])
            }
            (0xDC00..=0xDFFF, Some(_)) => {
                self.high = None;
                Decoded::Text([None, char::decode_utf16(units).next().and_then(Result::ok)])
            }
            _ => self.whole(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    fn lone_half(&mut self) -> Option<char> {
        self.high.take().map(|_| char::REPLACEMENT_CHARACTER)
    }
}
