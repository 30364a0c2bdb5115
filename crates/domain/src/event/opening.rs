use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{DebateConfig, DebateLimits, HostName, ParticipantProfile};

/// Everything a debate begins with. The registry is not asked again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Initialized {
    /// The configuration, defaults filled.
    pub config: DebateConfig,
    /// What it can cost at most.
    pub limits: DebateLimits,
    /// The participants, by index.
    pub participants: Vec<Arc<ParticipantProfile>>,
    /// Who moderates, if not the model of participant 0.
    pub moderator: Option<Arc<ParticipantProfile>>,
    /// Who breaks ties, if anyone.
    pub judge: Option<Arc<ParticipantProfile>>,
    /// The revision of the rules that the debate is held by. Absent in logs of the first one.
    #[serde(default = "first_revision", skip_serializing_if = "is_first_revision")]
    pub rules_revision: u8,
}

impl Initialized {
    /// The revision of the rules that new debates are held by.
    ///
    /// 2: texts are compared by Unicode's marks in all scripts and full case folding; ids, numbers and
    /// signs in front of a text are removed; a clerk's options are answers of openings, word for word,
    /// and a small model is no clerk; a confidence may be a percentage; the statement beside the answer
    /// names no other option.
    pub const RULES_REVISION: u8 = 2;
}

const fn first_revision() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_first_revision(revision: &u8) -> bool {
    *revision == first_revision()
}

/// The debate is paused: no call begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Paused {
    /// What becomes of the open calls.
    pub policy: PausePolicy,
    /// Why.
    pub reason: PauseReason,
    /// The hosts that served no call, in the order of their names. Absent: the reason is another, or
    /// an earlier version wrote the log.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub hosts: Box<[HostName]>,
    /// How those hosts failed, in a few words, as `connection refused by gpu`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Arc<str>>,
}

impl Paused {
    /// A pause whose reason has nothing to do with hosts.
    #[must_use]
    pub fn of(policy: PausePolicy, reason: PauseReason) -> Self {
        Self { policy, reason, hosts: Box::default(), detail: None }
    }
}

/// What becomes of the calls that are open when a debate is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PausePolicy {
    /// They end as usual.
    #[default]
    Drain,
    /// They are voided, and begin afresh after the resume.
    Abort,
}

/// Why a debate is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// A client asked for it.
    #[default]
    Command,
    /// The same step was lost with its process three times.
    Poison,
    /// The store has no room left.
    DiskFull,
    /// Hosts could not be reached, or were not ready, for as long as calls wait, and too few voices
    /// are left without them.
    HostsAway,
    /// Hosts refuse this user (a key, permission or credit is missing), and too few voices are left
    /// without them.
    HostsRefuse,
}

impl PauseReason {
    /// Whether the debate waits for its hosts: what they did not serve begins again after a resume.
    #[must_use]
    pub const fn is_for_hosts(self) -> bool {
        match self {
            Self::HostsAway | Self::HostsRefuse => true,
            Self::Command | Self::Poison | Self::DiskFull => false,
        }
    }
}

/// Something a person said to all participants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interjected {
    /// What was said, 1 to 4,000 characters.
    pub text: Arc<str>,
    /// Who said it, shown to watchers only.
    pub author: Option<Arc<str>>,
}
