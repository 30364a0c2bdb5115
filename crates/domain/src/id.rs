//! Names of things: every id is a type of its own.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// A debate's id: a UUID of version 7, so ids sort by creation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct DebateId(
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "uuid")))] Uuid,
);

impl DebateId {
    /// The id of this UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl fmt::Display for DebateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for DebateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DebateId({self})")
    }
}

impl FromStr for DebateId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId { kind: "debate id" })
    }
}

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "{} {kind} has 1 to 128 characters, none of them white space or a control character",
    article(kind)
)]
pub struct InvalidId {
    /// What it should have been.
    pub kind: &'static str,
}

/// The article of a noun.
fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// Longest id, in characters.
const MAX_ID: usize = 128;

/// What [`checked`] takes, as a regular expression.
#[cfg(feature = "schema")]
const PATTERN: &str = r"^[^\s\x00-\x1f\x7f-\x9f]+$";

fn checked(text: &str, kind: &'static str) -> Result<Arc<str>, InvalidId> {
    let fits = (1..=MAX_ID).contains(&text.chars().count());
    let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits && clean { Ok(text.into()) } else { Err(InvalidId { kind }) }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes 1 to 128 characters without white space or control characters.
            ///
            /// # Errors
            /// [`InvalidId`] otherwise.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                checked(text.as_ref(), $kind).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string", "minLength": 1, "maxLength": MAX_ID, "pattern": PATTERN,
                })
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id!(
    /// An agent's id in the registry, as `critic`.
    AgentId, "agent id"
);
text_id!(
    /// The name of a host of models, as `local`.
    HostName, "host name"
);
text_id!(
    /// The name of a model on its host, as `llama3.2:3b`.
    ModelName, "model name"
);
