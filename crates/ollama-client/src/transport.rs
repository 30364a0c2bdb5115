use serde::de::DeserializeOwned;
use synod_http_transport::{Answer, Body, Failure, TimeLimit};

use crate::error::ServerReport;
use crate::{Error, ErrorKind, Result, Retryable};

/// The most that is read of an error's body.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// The most that is read of an answer that is one JSON value.
const MAX_JSON_BODY: usize = 256 * 1024 * 1024;

/// Sorts answers by their status. A 200 of a web page is none of Ollama's.
pub(crate) async fn accept(answer: std::result::Result<Answer, Failure>) -> Result<Body> {
    let mut answer = answer.map_err(before_headers)?;
    let (status, is_page) = (answer.status, answer.is_of_type("text/html"));
    if answer.is_success() && !is_page {
        return Ok(answer.body);
    }
    let said = answer.body.read(MAX_ERROR_BODY).await;
    let said = said.map_err(|failure| interrupted(failure, false))?;
    if answer.is_success() {
        return Err(Error::protocol("a web page", &said).with_status(status));
    }
    if let (true, Some(location)) = (answer.is_redirect(), &answer.location) {
        let problem = "redirects are not followed, the server points to";
        return Err(Error::protocol(problem, location.as_bytes()).with_status(status));
    }
    let report = ServerReport::of_body(&said);
    Err(Error::answered(status, report).with_retry_after(answer.retry_after))
}

/// Reads an answer that is one JSON value.
pub(crate) async fn read_json<T: DeserializeOwned>(mut body: Body) -> Result<T> {
    let json = body.read(MAX_JSON_BODY).await;
    let json = json.map_err(|failure| interrupted(failure, false))?;
    if let Some(report) = ServerReport::of_json(&json) {
        return Err(Error::in_stream(report, false));
    }
    serde_json::from_slice(&json).map_err(|error| {
        let starts_well = json.first().is_none_or(|&byte| byte == b'{');
        let failure = if error.is_eof() && starts_well {
            Error::truncated(Retryable::Yes)
        } else {
            Error::protocol("not the JSON that was expected", &json)
        };
        failure.with_status(200).with_source(error)
    })
}

/// The error of a body that did not come to its end.
pub(crate) fn interrupted(failure: Failure, delivered: bool) -> Error {
    error(failure, if delivered { Retryable::ByCaller } else { Retryable::Yes })
}

fn before_headers(failure: Failure) -> Error {
    error(failure, Retryable::Yes)
}

/// `lost`: whether to try again after a lost connection.
fn error(failure: Failure, lost: Retryable) -> Error {
    let detail = failure.to_string();
    match failure {
        Failure::TimedOut { limit: TimeLimit::Connect } => {
            Error::timeout(TimeLimit::Connect, Retryable::Yes)
        }
        Failure::TimedOut { limit } => Error::timeout(limit, Retryable::ByCaller),
        Failure::Lost { .. } => Error::new(ErrorKind::Transport, lost, detail).with_source(failure),
        Failure::Distrusted { .. } => {
            Error::new(ErrorKind::Transport, Retryable::No, detail).with_source(failure)
        }
        Failure::NotHttp { .. } => {
            Error::protocol("not HTTP", detail.as_bytes()).with_source(failure)
        }
    }
}
