use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{DebateConfig, DebateLimits, HostName, ModelChange, ParticipantProfile};

/// The setup of a debate. The agent registry is not consulted again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Initialized {
    /// The configuration, defaults filled.
    pub config: DebateConfig,
    /// The most that the debate can cost.
    pub limits: DebateLimits,
    /// The participants, by index.
    pub participants: Vec<Arc<ParticipantProfile>>,
    /// The moderator. Null: the model of participant 0 moderates.
    pub moderator: Option<Arc<ParticipantProfile>>,
    /// The judge, who breaks ties.
    pub judge: Option<Arc<ParticipantProfile>>,
    /// The revision of the rules that apply to the debate. Absent in logs of the first revision.
    #[serde(default = "first_revision", skip_serializing_if = "is_first_revision")]
    pub rules_revision: u8,
}

impl Initialized {
    /// The revision of the rules that apply to new debates.
    ///
    /// A revision covers how texts are read: the normal form of answers, what of a reply is an answer, an
    /// option, a proposal or a confidence, and which statement a verdict quotes. Counting is the same in
    /// all of them. Raise it with the first such change after a release: logs that a released version has
    /// written are not checked by readings that it did not have. Changes between two releases belong to
    /// one revision.
    ///
    /// 2, not released yet: texts are compared by Unicode's marks in all scripts and full case folding; ids,
    /// numbers and signs in front of a text are removed; a clerk's options are answers of openings, word for
    /// word, and a small model is no clerk; a confidence may be a percentage; the statement beside the answer
    /// names no other option.
    pub const RULES_REVISION: u8 = 2;

    /// Iterates over the profiles of all agents: participants, moderator, judge.
    pub fn profiles(&self) -> impl Iterator<Item = &Arc<ParticipantProfile>> {
        self.participants.iter().chain(&self.moderator).chain(&self.judge)
    }
}

const fn first_revision() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_first_revision(revision: &u8) -> bool {
    *revision == first_revision()
}

/// The debate was paused: no call begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Paused {
    /// The treatment of open calls.
    pub policy: PausePolicy,
    /// The reason.
    pub reason: PauseReason,
    /// The hosts that served no call, ordered by name. Absent for other reasons, and in logs of
    /// earlier versions.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub hosts: Box<[HostName]>,
    /// How those hosts failed, in a few words, as `connection refused by gpu`, or how models changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Arc<str>>,
    /// The models that have changed. Absent for other reasons.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub models: Box<[ModelChange]>,
}

impl Paused {
    /// A pause for a reason other than hosts and models.
    #[must_use]
    pub fn of(policy: PausePolicy, reason: PauseReason) -> Self {
        Self { policy, reason, hosts: Box::default(), detail: None, models: Box::default() }
    }

    /// A pause because models have changed. Open calls end as usual.
    #[must_use]
    pub fn for_models(models: Box<[ModelChange]>) -> Self {
        let changes: Vec<_> = models.iter().map(ToString::to_string).collect();
        let detail = Some(changes.join("; ").into());
        let (policy, reason) = (PausePolicy::Drain, PauseReason::ModelChanged);
        Self { detail, models, ..Self::of(policy, reason) }
    }
}

/// The debate was resumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resumed {
    /// The changed models that the debate continues with. Absent if none was accepted, and in logs of
    /// earlier versions.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub accepted_models: Box<[ModelChange]>,
}

/// The treatment of calls that are open when a debate is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PausePolicy {
    /// Open calls end as usual; those that still wait for a host are voided and made again after the
    /// resume.
    #[default]
    Drain,
    /// Open calls are voided and made again after the resume.
    Abort,
}

/// Why a debate is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// A client asked for the pause.
    #[default]
    Command,
    /// A process died three times during the same step.
    Poison,
    /// The event log has no space left.
    DiskFull,
    /// Hosts were unreachable or not ready for as long as calls wait, and too few participants are
    /// left without them.
    HostsAway,
    /// Hosts refuse this user (a key, permission or credit is missing), and too few participants
    /// are left without them.
    HostsRefuse,
    /// A host serves a model with another content digest than the debate has recorded. The debate
    /// continues when the model is as it was, or the change is accepted.
    ModelChanged,
}

impl PauseReason {
    /// Whether the debate waits for its hosts: calls that they did not serve are made again after a
    /// resume.
    #[must_use]
    pub const fn is_for_hosts(self) -> bool {
        match self {
            Self::HostsAway | Self::HostsRefuse => true,
            Self::Command | Self::Poison | Self::DiskFull | Self::ModelChanged => false,
        }
    }
}

/// A message of a person to all participants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interjected {
    /// The message, 1 to 4,000 characters.
    pub text: Arc<str>,
    /// The author, shown to watchers only.
    pub author: Option<Arc<str>>,
}
