use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use synod_http_transport::ReplyStream;

use crate::error::ServerReport;
use crate::line_reader::{LineError, LineReader, Misread, Record};

/// The progress of a pull. Dropping the stream stops the pull; a later pull resumes it.
pub type PullStream = ReplyStream<LineReader<PullProgress>>;

/// A request to download a model from its registry. Only fields that are set are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PullRequest {
    /// The model's name.
    pub model: String,
    /// Whether a registry without TLS is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure: Option<bool>,
    /// Whether progress is streamed. With `false` one piece comes at the end: mind the limit of the
    /// first byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
}

/// The progress of a pull.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullProgress {
    /// The status; `success` on the last piece.
    pub status: String,
    /// The blob that is being downloaded.
    pub digest: Option<String>,
    /// The size of the blob in bytes.
    pub total: Option<u64>,
    /// The downloaded bytes of the blob.
    pub completed: Option<u64>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    status: Option<String>,
    digest: Option<String>,
    total: Option<u64>,
    completed: Option<u64>,
}

impl PullRequest {
    /// Creates a request for a model.
    #[must_use]
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }
}

impl Record for PullProgress {
    type Reply = Self;

    fn read(line: &[u8]) -> Result<Self, Misread> {
        let line: Line<'_> = serde_json::from_slice(line)?;
        if let Some(error) = line.error {
            return Err(LineError::Reported(ServerReport::of_error(error)).into());
        }
        let status = line.status.ok_or(LineError::Unknown)?;
        let Line { digest, total, completed, .. } = line;
        Ok(Self { status, digest, total, completed })
    }

    fn is_last(&self) -> bool {
        self.status == "success"
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        std::iter::empty()
    }

    /// A repeated pull resumes, so it cannot contradict the first.
    fn is_output(&self) -> bool {
        false
    }

    fn gather(self, reply: &mut Self) {
        *reply = self;
    }

    fn text(_: Self) -> String {
        String::new()
    }
}
