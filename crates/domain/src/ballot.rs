use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{DebateOption, TurnNo};

/// What a voter is asked: the choices in the order it sees them. `abstain`, then `new`, come last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotForm {
    /// The options, rotated for this voter; ids do not change.
    pub choices: Vec<DebateOption>,
    /// A new option may be proposed.
    pub may_propose: bool,
    /// The statements that may be named as the cause of a change of mind. `None`: not asked.
    pub moved_by: Option<Vec<TurnNo>>,
}

/// How a ballot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BallotResult {
    /// It names an option.
    Vote,
    /// The voter abstained, or proposed a new option.
    Abstain,
    /// No ballot was had: a non-ballot.
    None,
}

/// The rung of the ladder on which a reply was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Rung {
    /// The whole reply is one valid object.
    Strict,
    /// Exactly one object in the reply, and it is valid.
    Embedded,
    /// The bare name of a choice.
    Bare,
}

/// How sure a voter says it is, in thousandths. Recorded, not weighted: it is not calibrated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Confidence(
    #[cfg_attr(feature = "schema", schemars(with = "f64", range(min = 0.0, max = 1.0)))] u16,
);

impl Confidence {
    /// The nearest confidence: finite numbers are clamped to 0..1, since grammars do not hold
    /// numeric bounds. `None` if not finite.
    #[must_use]
    pub fn clamped(value: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        value.is_finite().then(|| Self((value.clamp(0.0, 1.0) * 1_000.0).round() as u16))
    }

    /// As a number of 0 to 1.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        Self::clamped(value).ok_or_else(|| de::Error::custom("confidence is not a finite number"))
    }
}
