//! Rules of texts in requests, for garde.

use synod_domain::{check_name, check_text};

/// A name that people read.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is garde's")]
pub(super) fn plain_name(text: &impl AsRef<str>, _: &()) -> garde::Result {
    check_name(text.as_ref()).map_err(garde::Error::new)
}

/// A text of any length.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is garde's")]
pub(super) fn plain_text(text: &impl AsRef<str>, _: &()) -> garde::Result {
    check_text(text.as_ref()).map_err(garde::Error::new)
}
