use std::panic::{self, PanicHookInfo};

use actix_web::{Error, error::InternalError};

use crate::{
    Api,
    response::error::{ApiError, tell},
};

/// The answer of a handler that panicked. The panic itself was logged where it happened.
pub(super) fn error(api: &Api, as_problem: bool) -> Error {
    let error = ApiError::Internal("a handler panicked".to_owned());
    let response = tell(api, &error, as_problem);
    InternalError::from_response(error, response).into()
}

/// Makes a panic a line of the log, with its place. For programs, not for libraries: it replaces the
/// hook of the process.
pub fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let at = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, message = said(info), "a panic");
    }));
}

fn said<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    info.payload_as_str().unwrap_or("something that is no text")
}
