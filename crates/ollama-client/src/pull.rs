use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ReplyStream;
use crate::error::ServerReport;
use crate::reply_stream::{Fault, Misread, Reading, Record};

/// A pull's progress, piece by piece. Dropping it stops the pull, which a later one resumes.
pub type PullStream = ReplyStream<PullProgress>;

/// A request to fetch a model from its registry. Only what is set is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PullRequest {
    /// The model's name.
    pub model: String,
    /// Whether a registry without TLS will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure: Option<bool>,
    /// `false`: no progress, one piece at the very end. Mind the first byte's limit then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
}

/// What a pull does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullProgress {
    /// In words; `success` on the last piece.
    pub status: String,
    /// The part that is being fetched.
    pub digest: Option<String>,
    /// The part's bytes.
    pub total: Option<u64>,
    /// The part's bytes that are here.
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
    /// A request for a model.
    #[must_use]
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), ..Self::default() }
    }
}

impl Record for PullProgress {
    fn read(line: &[u8]) -> Result<Reading<Self>, Misread> {
        let line: Line<'_> = serde_json::from_slice(line)?;
        if let Some(error) = line.error {
            return Err(Fault::Reported(ServerReport::of_error(error)).into());
        }
        let status = line.status.ok_or(Fault::Unknown)?;
        let is_last = status == "success";
        let Line { digest, total, completed, .. } = line;
        let progress = Self { status, digest, total, completed };
        Ok(if is_last { Reading::Last(progress) } else { Reading::Next(progress) })
    }

    /// A pull goes on where it stopped, so it may always be made again.
    fn is_output(&self) -> bool {
        false
    }
}
