//! Ids: each kind has a type of its own.

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

/// The error of a text that is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{} {kind} has {}", article(kind), rule(kind))]
pub struct InvalidId {
    /// What it should have been.
    pub kind: &'static str,
}

/// The article of a noun.
fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// What an id of this kind has to be.
fn rule(kind: &str) -> &'static str {
    if kind == MODEL_NAME {
        "1 to 1024 characters, none of them a control character or a line break, and not only spaces"
    } else {
        "1 to 128 characters, none of them white space or a control character"
    }
}

const MODEL_NAME: &str = "model name";

/// What the ids of a kind may hold.
struct Form {
    /// Characters.
    most: usize,
    has_spaces: bool,
    /// The same as a regular expression.
    #[cfg(feature = "schema")]
    pattern: &'static str,
}

/// The form of the names that people give.
const WORD: Form = Form {
    most: 128,
    has_spaces: false,
    #[cfg(feature = "schema")]
    pattern: r"^[^\s\x00-\x1f\x7f-\x9f]+$",
};

/// The form of the names that servers of models give: some are titles, some paths.
const TITLE: Form = Form {
    most: 1_024,
    has_spaces: true,
    #[cfg(feature = "schema")]
    pattern: concat!(
        r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\s\x00-\x1f\x7f-\x9f]",
        r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
    ),
};

impl Form {
    fn checked(&self, text: &str, kind: &'static str) -> Result<Arc<str>, InvalidId> {
        let fits = (1..=self.most).contains(&text.chars().count());
        let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        let is_clean = if self.has_spaces {
            !text.contains(is_break) && !text.trim().is_empty()
        } else {
            !text.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        if fits && is_clean { Ok(text.into()) } else { Err(InvalidId { kind }) }
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $form:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes what [`InvalidId`] says of its kind.
            ///
            /// # Errors
            /// [`InvalidId`] otherwise.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                $form.checked(text.as_ref(), $kind).map(Self)
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
                    "type": "string", "minLength": 1, "maxLength": $form.most,
                    "pattern": $form.pattern,
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
    AgentId, "agent id", WORD
);
text_id!(
    /// The name of a host of models, as `local`.
    HostName, "host name", WORD
);
text_id!(
    /// The name of a model on its host, as `llama3.2:3b`: whatever the host calls it, which may be
    /// a title with spaces or a path.
    ModelName, MODEL_NAME, TITLE
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_called_whatever_its_host_calls_it() {
        let long = format!("{} with a long name", "x".repeat(300));
        for name in ["llama3.2:3b", "My Model (v2)", "/models/a b.gguf", "模型 一", " a", &long]
        {
            assert_eq!(ModelName::new(name).map(String::from).as_deref(), Ok(name));
        }
        let endless = "x".repeat(1_025);
        for name in ["", " ", "a\nb", "a\tb", "a\u{1b}[31mb", "a\u{85}b", "a\u{2028}b", &endless] {
            assert!(ModelName::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn other_ids_are_one_word() {
        for id in ["", "a b", "a\n", "a\u{a0}b", &"x".repeat(129)] {
            assert!(AgentId::new(id).is_err() && HostName::new(id).is_err(), "{id:?}");
        }
        assert_eq!(
            HostName::new("a b").unwrap_err().to_string(),
            "a host name has 1 to 128 characters, none of them white space or a control character"
        );
    }
}
