use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned,
    ser::SerializeStruct,
};
use serde_json::value::RawValue;

use crate::{DebateId, Event, Timestamp};

/// An event with its place in the log: the envelope that logs, sockets and streams share.
///
/// ```
/// use synod_domain::{Event, Recorded};
/// let line = r#"{"v":1,"debate_id":"01939b3e-0000-7000-8000-000000000000","seq":2,
///     "at":"2026-11-23T10:00:04.120Z","type":"debate_started","data":{}}"#;
/// let recorded: Recorded = serde_json::from_str(line)?;
/// assert_eq!(recorded.event, Event::DebateStarted);
/// assert_eq!(recorded.seq, 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(description = "An event with its place in the log."))]
pub struct Recorded {
    /// Major version of the rules that wrote it.
    pub v: u16,
    /// The debate.
    pub debate_id: DebateId,
    /// 1, 2, 3… within the debate, without gap.
    pub seq: u64,
    /// The time of writing. Only the running time is computed from it.
    pub at: Timestamp,
    /// What happened.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub event: Event,
}

impl Recorded {
    /// The version this code writes. Newer major versions are not read.
    pub const VERSION: u16 = 1;

    /// An event of the current version with its place in the log.
    #[must_use]
    pub const fn new(debate_id: DebateId, seq: u64, at: Timestamp, event: Event) -> Self {
        Self { v: Self::VERSION, debate_id, seq, at, event }
    }
}

#[derive(Serialize)]
struct Empty {}

impl Serialize for Recorded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_struct("Recorded", 6)?;
        envelope.serialize_field("v", &self.v)?;
        envelope.serialize_field("debate_id", &self.debate_id)?;
        envelope.serialize_field("seq", &self.seq)?;
        envelope.serialize_field("at", &self.at)?;
        envelope.serialize_field("type", self.event.kind())?;
        match &self.event {
            Event::DebateInitialized(data) => envelope.serialize_field("data", &**data),
            Event::DebateStarted | Event::DebateRecovered | Event::VoteCalled => {
                envelope.serialize_field("data", &Empty {})
            }
            Event::DebatePaused(data) => envelope.serialize_field("data", data),
            Event::DebateResumed(data) => envelope.serialize_field("data", data),
            Event::Interjected(data) => envelope.serialize_field("data", data),
            Event::CallStarted(data) => envelope.serialize_field("data", data),
            Event::TurnEnded(data) => envelope.serialize_field("data", data),
            Event::OptionsSet(data) => envelope.serialize_field("data", data),
            Event::MoveChosen(data) => envelope.serialize_field("data", data),
            Event::BallotRecorded(data) => envelope.serialize_field("data", data),
            Event::JudgeRuled(data) => envelope.serialize_field("data", data),
            Event::CallVoided(data) => envelope.serialize_field("data", data),
            Event::RoundClosed(data) => envelope.serialize_field("data", data),
            Event::DebateClosed(data) => envelope.serialize_field("data", data),
            Event::Unknown { data, .. } => envelope.serialize_field("data", data),
        }?;
        envelope.end()
    }
}

#[derive(Deserialize)]
struct Envelope {
    v: u16,
    debate_id: DebateId,
    seq: u64,
    at: Timestamp,
    #[serde(rename = "type")]
    kind: String,
    data: Box<RawValue>,
}

impl<'de> Deserialize<'de> for Recorded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Envelope { v, debate_id, seq, at, kind, data } = Envelope::deserialize(deserializer)?;
        let event = read_event(kind, &data).map_err(de::Error::custom)?;
        Ok(Self { v, debate_id, seq, at, event })
    }
}

fn read_event(kind: String, data: &RawValue) -> serde_json::Result<Event> {
    fn read<T: DeserializeOwned>(data: &RawValue) -> serde_json::Result<T> {
        serde_json::from_str(data.get())
    }
    Ok(match kind.as_str() {
        "debate_initialized" => Event::DebateInitialized(read(data)?),
        "debate_started" => Event::DebateStarted,
        "debate_paused" => Event::DebatePaused(read(data)?),
        "debate_resumed" => Event::DebateResumed(read(data)?),
        "debate_recovered" => Event::DebateRecovered,
        "interjected" => Event::Interjected(read(data)?),
        "vote_called" => Event::VoteCalled,
        "call_started" => Event::CallStarted(read(data)?),
        "turn_ended" => Event::TurnEnded(read(data)?),
        "options_set" => Event::OptionsSet(read(data)?),
        "move_chosen" => Event::MoveChosen(read(data)?),
        "ballot_recorded" => Event::BallotRecorded(read(data)?),
        "judge_ruled" => Event::JudgeRuled(read(data)?),
        "call_voided" => Event::CallVoided(read(data)?),
        "round_closed" => Event::RoundClosed(read(data)?),
        "debate_closed" => Event::DebateClosed(read(data)?),
        _ => Event::Unknown { kind, data: read(data)? },
    })
}
