use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{is_blank, norm};

/// The id of an option, `O1` to `O6`: its place in the list, never reused or renamed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, with = "String"))]
#[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[Oo][1-6]$")))]
#[serde(try_from = "String", into = "String")]
pub struct OptionId(u8);

impl OptionId {
    /// Most options of a debate.
    pub const MOST: usize = 6;

    /// The id of the option at this place of the list, counted from 0.
    #[must_use]
    pub fn at(place: usize) -> Option<Self> {
        u8::try_from(place).ok().filter(|p| usize::from(*p) < Self::MOST).map(|p| Self(p + 1))
    }

    /// The place in the list, counted from 0.
    #[must_use]
    pub const fn place(self) -> usize {
        self.0 as usize - 1
    }
}

impl fmt::Display for OptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "O{}", self.0)
    }
}

impl fmt::Debug for OptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for OptionId {
    type Err = UnknownOption;

    fn from_str(text: &str) -> Result<Self, UnknownOption> {
        let digits = text.strip_prefix(['O', 'o']).unwrap_or_default();
        match digits.parse::<u8>() {
            Ok(n @ 1..=6) if digits.len() == 1 => Ok(Self(n)),
            Ok(_) | Err(_) => Err(UnknownOption(text.to_owned())),
        }
    }
}

impl TryFrom<String> for OptionId {
    type Error = UnknownOption;

    fn try_from(text: String) -> Result<Self, UnknownOption> {
        text.parse()
    }
}

impl From<OptionId> for String {
    fn from(id: OptionId) -> Self {
        id.to_string()
    }
}

/// The error of a text that is not the id of an option.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not one of O1 to O6")]
pub struct UnknownOption(String);

/// One answer that can be voted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DebateOption {
    /// Its id.
    pub id: OptionId,
    /// The answer, 1 to 160 characters.
    pub text: Arc<str>,
}

impl DebateOption {
    /// Most characters of an option.
    pub const LONGEST: usize = 160;

    /// Whether a text can be an option: 1 to 160 characters, among them a letter or a digit, and
    /// not a word that ballots reserve (`abstain`, `new`, `O1` to `O6`).
    ///
    /// # Errors
    /// [`InvalidOption`]
    pub fn check(text: &str) -> Result<(), InvalidOption> {
        if is_blank(text) {
            Err(InvalidOption::Blank)
        } else if text.chars().count() > Self::LONGEST {
            Err(InvalidOption::TooLong)
        } else {
            match norm(text) {
                normed if !normed.chars().any(char::is_alphanumeric) => Err(InvalidOption::NoWord),
                normed if is_reserved(&normed) => Err(InvalidOption::Reserved),
                _ => Ok(()),
            }
        }
    }

    /// The options of these texts, in order; texts beyond the sixth are left out.
    pub fn list<T: Into<Arc<str>>>(texts: impl IntoIterator<Item = T>) -> Vec<Self> {
        let texts = texts.into_iter().enumerate();
        texts.map_while(|(i, t)| Some(Self { id: OptionId::at(i)?, text: t.into() })).collect()
    }
}

/// Errors of texts that cannot be options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidOption {
    /// Empty, white space, or invisible.
    #[error("an option must not be blank")]
    Blank,
    /// Over 160 characters.
    #[error("an option has at most 160 characters")]
    TooLong,
    /// Punctuation only.
    #[error("an option needs a letter or a digit")]
    NoWord,
    /// A word that ballots reserve.
    #[error("`abstain`, `new` and `O1` to `O6` mean something else on a ballot")]
    Reserved,
}

fn is_reserved(normed: &str) -> bool {
    matches!(normed, "abstain" | "new" | "o1" | "o2" | "o3" | "o4" | "o5" | "o6")
}
