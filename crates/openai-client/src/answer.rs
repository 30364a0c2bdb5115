//! From the head of an answer to its body, or to why there is none.

use serde::de::DeserializeOwned;
use synod_http_transport::{Answer, Body, Failure};

use crate::error::ServerReport;
use crate::{Error, Result};

/// The most that is read of an error's body.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// The most that is read of an answer that is one JSON value.
const MAX_JSON_BODY: usize = 256 * 1024 * 1024;

/// Sorts answers by their status and their type.
async fn accept(answer: std::result::Result<Answer, Failure>) -> Result<Answer> {
    let mut answer = answer.map_err(|failure| Error::of_failure(failure, false))?;
    let (status, is_page) = (answer.status, answer.is_of_type("text/html"));
    if answer.is_success() && !is_page {
        return Ok(answer);
    }
    if let (true, Some(location)) = (answer.is_redirect(), &answer.location) {
        let problem = "redirects are not followed, the server points to";
        return Err(Error::protocol(problem, location.as_bytes()).with_status(status));
    }
    let said = read(&mut answer.body, MAX_ERROR_BODY).await?;
    if answer.is_success() {
        return Err(Error::protocol("a web page", &said).with_status(status));
    }
    let report = ServerReport::of_body(&said);
    Err(Error::answered(status, report).with_retry_after(answer.retry_after))
}

/// The body of an answer that was asked for in pieces. Whether it comes in pieces, whatever type it
/// is said to have, the body itself shows.
pub(crate) async fn streamed(answer: std::result::Result<Answer, Failure>) -> Result<Body> {
    Ok(accept(answer).await?.body)
}

/// Reads an answer that is one JSON value.
pub(crate) async fn read_json<T: DeserializeOwned>(
    answer: std::result::Result<Answer, Failure>,
) -> Result<T> {
    let mut answer = accept(answer).await?;
    let json = read(&mut answer.body, MAX_JSON_BODY).await?;
    serde_json::from_slice(&json).map_err(|error| match ServerReport::of_json(&json) {
        Some(report) => Error::in_stream(report, false),
        None => Error::protocol("not the JSON that was expected", &json)
            .with_status(200)
            .with_source(error),
    })
}

async fn read(body: &mut Body, most: usize) -> Result<Vec<u8>> {
    body.read(most).await.map_err(|failure| Error::of_failure(failure, false))
}
