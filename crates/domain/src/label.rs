use std::fmt;

/// How agents know a participant: `Speaker A` to `Speaker P`, by index. Names, agent ids and model
/// names enter no prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(u8);

impl Label {
    /// The label of the participant with this index, counted from 0; debates have at most 16.
    #[must_use]
    pub const fn of(index: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "masked to 4 bits")]
        Self((index & 0xF) as u8)
    }

    /// The index of the participant, counted from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The letter alone.
    #[must_use]
    pub const fn letter(self) -> char {
        (b'A' + self.0) as char
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Speaker {}", self.letter())
    }
}
