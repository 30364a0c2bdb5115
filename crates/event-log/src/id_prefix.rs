use std::{fmt, str::FromStr};

use synod_domain::DebateId;
use thiserror::Error;
use uuid::Uuid;

use crate::ListQuery;

/// Hexadecimal digits of an id.
const DIGITS: usize = 32;

/// The beginning of the id of a debate: 1 to 32 hexadecimal digits, in any case and with or without dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPrefix(String);

/// Errors returned by parsing an [`IdPrefix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the beginning of an id has 1 to {DIGITS} hexadecimal digits")]
pub struct NoIdPrefix;

impl IdPrefix {
    /// The beginning of an id with at most this many digits.
    #[must_use]
    pub fn of(id: DebateId, digits: usize) -> Self {
        Self(id.as_uuid().simple().to_string().chars().take(digits.max(1)).collect())
    }

    /// The debates whose ids begin so.
    #[must_use]
    pub fn query(&self) -> ListQuery {
        let free_bits = 4 * (DIGITS - self.0.len());
        // The digits were checked.
        let value = u128::from_str_radix(&self.0, 16).unwrap_or_default();
        let first = value << free_bits;
        let last = first | (1_u128 << free_bits).wrapping_sub(1);
        let id = |value| DebateId::from_uuid(Uuid::from_u128(value));
        let before = last.checked_add(1).map(id);
        ListQuery { from: Some(id(first)), before, ..ListQuery::default() }
    }
}

impl FromStr for IdPrefix {
    type Err = NoIdPrefix;

    fn from_str(text: &str) -> Result<Self, NoIdPrefix> {
        let digits = text.replace('-', "").to_ascii_lowercase();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_prefix = is_hex && (1..=DIGITS).contains(&digits.len()) && !text.starts_with('-');
        if is_prefix { Ok(Self(digits)) } else { Err(NoIdPrefix) }
    }
}

impl fmt::Display for IdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> (u128, Option<u128>) {
        let query = text.parse::<IdPrefix>().unwrap().query();
        let number = |id: DebateId| id.as_uuid().as_u128();
        (query.from.map(number).unwrap(), query.before.map(number))
    }

    #[test]
    fn a_prefix_means_all_ids_that_begin_with_it() {
        assert_eq!(range("1"), (1 << 124, Some(2 << 124)));
        assert_eq!(range("F"), (15 << 124, None));
        assert_eq!(range("0193FB3E-0"), (0x0193_fb3e << 96, Some((0x0193_fb3e << 96) + (1 << 92))));
        let whole = "0193fb3e-0000-7000-8000-000000000001";
        let id = whole.parse::<DebateId>().unwrap().as_uuid().as_u128();
        assert_eq!(range(whole), (id, Some(id + 1)));
        assert_eq!(range(&"f".repeat(32)), (u128::MAX, None));
        for none in ["", "-", "-1", "g", "0x1", &"0".repeat(33), "1 2", "é"] {
            assert_eq!(none.parse::<IdPrefix>(), Err(NoIdPrefix), "{none}");
        }
    }
}
