//! Whether this process still drives its debate: another one may have claimed it first, or have taken it over while
//! this one was stopped or its machine slept.

use std::sync::Arc;

use synod_debate_engine::DebateHandle;
use synod_debate_protocol::Status;
use synod_domain::DebateId;
use synod_event_log::{EventLog, IdPrefix};

use super::resume;
use crate::{CliError, kept::driver_in_words};

/// After how many looks at a paused debate that no process drives it counts as left.
const LOOKS: u32 = 2;
/// The digits of an id.
const WHOLE: usize = 32;

/// The process that drives a debate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Driver {
    /// This one.
    Here,
    /// Another one, in words.
    Elsewhere(String),
    /// None.
    Nowhere,
}

/// Why this process no longer drives its debate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// This process, in words, has resumed it first.
    Refused(String),
    /// This process, in words, drives it now. The last event that was shown has this number.
    TakenOver(String, u64),
    /// The user has left it to this process, in words.
    LeftTo(String),
    /// It is paused, and no process drives it.
    Paused,
}

/// Looks who drives a debate.
pub(super) struct Driving {
    log: Arc<dyn EventLog>,
    id: DebateId,
    /// The name under which this process claims debates.
    worker: String,
    /// How many looks in succession found a paused debate without a process.
    left: u32,
}

impl Driving {
    pub(super) fn new(log: Arc<dyn EventLog>, id: DebateId, worker: String) -> Self {
        Self { log, id, worker, left: 0 }
    }

    pub(super) async fn driver(&self) -> Result<Driver, CliError> {
        let list = self.log.list(&IdPrefix::of(self.id, WHOLE).query(), 1).await?;
        let worker = list.debates.into_iter().find_map(|found| found.worker);
        Ok(match worker.as_deref() {
            Some(worker) if worker == self.worker => Driver::Here,
            Some(worker) => Driver::Elsewhere(driver_in_words(worker)),
            None => Driver::Nowhere,
        })
    }

    /// Who drives the debate instead of this process, if another one does.
    pub(super) async fn elsewhere(&self) -> Result<Option<String>, CliError> {
        Ok(match self.driver().await? {
            Driver::Elsewhere(driver) => Some(driver),
            Driver::Here | Driver::Nowhere => None,
        })
    }

    /// Whether the debate is lost to this process. One that runs and that no process drives is claimed again.
    pub(super) async fn look(
        &mut self,
        handle: &DebateHandle,
        seen: u64,
    ) -> Result<Option<Loss>, CliError> {
        match self.driver().await? {
            Driver::Here => self.left = 0,
            Driver::Elsewhere(driver) => return Ok(Some(Loss::TakenOver(driver, seen))),
            Driver::Nowhere => match handle.snapshot().await?.status() {
                Status::Running => resume(handle, false).await?,
                Status::Paused => self.left += 1,
                Status::Initialized | Status::Closed => {}
            },
        }
        Ok((self.left == LOOKS).then_some(Loss::Paused))
    }
}
