use schemars::JsonSchema;
use serde::Serialize;
use synod_debate_protocol::Stage;

/// The current part of a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DebateStage {
    /// Blind openings.
    Opening,
    /// The clerk lists options.
    Options,
    /// Arguments.
    Discussion,
    /// Ballots.
    Voting,
    /// Ballots over the tied leaders.
    RunOff,
    /// The judge rules.
    Judging,
}

impl From<Stage> for DebateStage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Opening => Self::Opening,
            Stage::Options => Self::Options,
            Stage::Discussion => Self::Discussion,
            Stage::Voting => Self::Voting,
            Stage::RunOff => Self::RunOff,
            Stage::Judging => Self::Judging,
        }
    }
}
