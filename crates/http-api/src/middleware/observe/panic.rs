use std::panic::{self, PanicHookInfo};

use actix_web::{Error, error::InternalError};

use crate::{
    Api,
    response::error::{ApiError, to_response},
};

/// The error of a handler that panicked. The panic itself was logged by its hook.
pub(super) fn error(api: &Api, as_problem: bool) -> Error {
    let error = ApiError::Internal("a handler panicked".to_owned());
    let response = to_response(api, &error, as_problem);
    InternalError::from_response(error, response).into()
}

/// Logs panics with their location. For programs, not for libraries: it replaces the panic hook of the
/// process.
pub fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let at = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, message = said(info), "a panic");
    }));
}

fn said<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    info.payload_as_str().unwrap_or("something that is no text")
}
