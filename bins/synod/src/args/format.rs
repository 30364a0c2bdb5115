use clap::builder::{PossibleValuesParser, TypedValueParser};
use synod_transcript::TranscriptFormat;

/// Reads a format by any of its names, as the HTTP interface does.
pub(super) fn format() -> impl TypedValueParser<Value = TranscriptFormat> {
    PossibleValuesParser::new(TranscriptFormat::names())
        .try_map(|name| name.parse::<TranscriptFormat>())
}
