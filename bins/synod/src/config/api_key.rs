use std::path::Path;

use super::{error::ApiKeyError, value::Secret};
use crate::bounded_read;

/// Reads an API key from the configuration or from its file, with the key of the configuration that gives
/// it.
///
/// # Errors
/// [`ApiKeyError::SetTwice`] if both are set, [`ApiKeyError::Unreadable`] if the file cannot be read.
pub(crate) fn read_api_key(
    key: Option<&Secret>,
    file: Option<&Path>,
    table: &'static str,
) -> Result<Option<(&'static str, String)>, ApiKeyError> {
    match (key, file) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(ApiKeyError::SetTwice { table }),
        (Some(Secret(key)), None) => Ok(Some(("api_key", key.clone()))),
        (None, Some(path)) => match bounded_read::text(path) {
            Ok(text) => Ok(Some(("api_key_file", text.trim_end().to_owned()))),
            Err(source) => Err(ApiKeyError::Unreadable { path: path.to_owned(), source }),
        },
    }
}
