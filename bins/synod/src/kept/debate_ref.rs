use std::{fmt, str::FromStr};

use synod_domain::DebateId;
use synod_event_log::{IdPrefix, ListQuery};
use thiserror::Error;

/// A debate as the user names it: `last`, or the beginning of its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DebateRef {
    /// The newest.
    Last,
    /// The one whose id begins with this text.
    Prefix(IdPrefix),
}

/// A word that names no debate.
#[derive(Debug, Error)]
#[error("an id has up to 32 hexadecimal digits, and its beginning is enough; or write `last`")]
pub(crate) struct NoDebateRef;

impl DebateRef {
    /// The debates that it may mean.
    pub(crate) fn query(&self) -> ListQuery {
        match self {
            Self::Last => ListQuery::default(),
            Self::Prefix(prefix) => prefix.query(),
        }
    }

    /// The id, if it is whole.
    pub(super) fn whole_id(&self) -> Option<DebateId> {
        match self {
            Self::Last => None,
            // Fewer digits are no id.
            Self::Prefix(prefix) => prefix.to_string().parse().ok(),
        }
    }

    /// How many debates to look for, to show this many of an ambiguous name.
    pub(super) const fn candidates(&self, shown: usize) -> usize {
        match self {
            Self::Last => 1,
            Self::Prefix(_) => shown + 1,
        }
    }
}

impl FromStr for DebateRef {
    type Err = NoDebateRef;

    fn from_str(text: &str) -> Result<Self, NoDebateRef> {
        if text.eq_ignore_ascii_case("last") {
            return Ok(Self::Last);
        }
        text.parse().map(Self::Prefix).map_err(|_| NoDebateRef)
    }
}

impl fmt::Display for DebateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last => f.write_str("last"),
            Self::Prefix(prefix) => prefix.fmt(f),
        }
    }
}
