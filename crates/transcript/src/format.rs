use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de};

/// A format of a debate. The command and the HTTP interface accept the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TranscriptFormat {
    /// The whole debate in Markdown.
    Markdown,
    /// The whole debate as one JSON document.
    Json,
    /// The whole debate as one file of HTML.
    Html,
    /// The log: one JSON event per line.
    Ndjson,
    /// The question and the verdict, as text.
    Text,
}

impl TranscriptFormat {
    /// Every name with its format. A format may have several names.
    pub const NAMES: [(&str, Self); 6] = [
        ("markdown", Self::Markdown),
        ("md", Self::Markdown),
        ("json", Self::Json),
        ("html", Self::Html),
        ("ndjson", Self::Ndjson),
        ("text", Self::Text),
    ];

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().map(|(name, _)| name)
    }

    /// The media type (RFC 6838), without parameters.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown",
            Self::Json => "application/json",
            Self::Html => "text/html",
            Self::Ndjson => "application/x-ndjson",
            Self::Text => "text/plain",
        }
    }
}

impl FromStr for TranscriptFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let named = Self::NAMES.into_iter().find(|(name, _)| *name == text);
        named.map(|(_, format)| format).ok_or(UnknownFormat)
    }
}

impl<'de> Deserialize<'de> for TranscriptFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TranscriptFormat {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TranscriptFormat".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A transcript format.",
            "type": "string",
            "enum": Self::names().collect::<Vec<_>>(),
        })
    }
}

/// The error of a text that is not the name of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = TranscriptFormat::names().collect();
        write!(f, "must be one of: {}", names.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_and_media_types_are_distinct() {
        for (name, format) in TranscriptFormat::NAMES {
            assert_eq!(name.parse(), Ok(format), "{name}");
            let same = TranscriptFormat::NAMES
                .into_iter()
                .find(|(_, other)| other.media_type() == format.media_type());
            assert_eq!(same.map(|(_, other)| other), Some(format), "{name}");
        }
        assert_eq!("docx".parse::<TranscriptFormat>(), Err(UnknownFormat));
    }
}
