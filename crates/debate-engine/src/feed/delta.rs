use serde::{Serialize, Serializer, ser::SerializeStruct};
use synod_domain::{AgentId, CallNo, DebateId, Purpose, Recorded, TurnNo};

use crate::CallPhase;

/// A piece of the text of an open turn. Live only: no event, no sequence number.
///
/// As JSON it has the envelope of events, of type `turn_delta`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnDelta {
    /// The debate.
    pub debate_id: DebateId,
    /// The call.
    pub call: CallNo,
    /// The turn.
    pub turn: TurnNo,
    /// The speaker.
    pub agent_id: AgentId,
    /// The number of the piece: 0, 1, 2… per call. A whole text has the number of its last piece.
    pub index: u32,
    /// Whether the text replaces all pieces so far.
    pub whole: bool,
    /// The text.
    pub text: String,
}

impl Serialize for TurnDelta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Data<'a> {
            call: CallNo,
            turn: TurnNo,
            agent_id: &'a AgentId,
            index: u32,
            whole: bool,
            text: &'a str,
        }
        let Self { debate_id, call, turn, ref agent_id, index, whole, ref text } = *self;
        let mut envelope = serializer.serialize_struct("TurnDelta", 4)?;
        envelope.serialize_field("v", &Recorded::VERSION)?;
        envelope.serialize_field("debate_id", &debate_id)?;
        envelope.serialize_field("type", "turn_delta")?;
        let data = Data { call, turn, agent_id, index, whole, text };
        envelope.serialize_field("data", &data)?;
        envelope.end()
    }
}

/// The part of a model's thinking that a watcher has not seen. Live only: it is
/// in no transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thought {
    /// The call.
    pub call: CallNo,
    /// The turn, of openings and arguments.
    pub turn: Option<TurnNo>,
    /// The agent whose model thinks.
    pub agent_id: AgentId,
    /// Whether the text replaces all pieces so far.
    pub whole: bool,
    /// The text.
    pub text: String,
}

/// A new phase of an open call. Live only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallProgress {
    /// The call.
    pub call: CallNo,
    /// The purpose of the call.
    pub purpose: Purpose,
    /// The turn, of openings and arguments.
    pub turn: Option<TurnNo>,
    /// The agent whose model is called.
    pub agent_id: AgentId,
    /// The phase.
    pub phase: CallPhase,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_that_of_the_wire() {
        let delta = TurnDelta {
            debate_id: "01939b3e-0000-7000-8000-000000000000".parse().unwrap(),
            call: CallNo(3),
            turn: TurnNo(3),
            agent_id: AgentId::new("critic").unwrap(),
            index: 41,
            whole: false,
            text: " because".into(),
        };
        let expected = concat!(
            r#"{"v":1,"debate_id":"01939b3e-0000-7000-8000-000000000000","type":"turn_delta","#,
            r#""data":{"call":3,"turn":3,"agent_id":"critic","index":41,"whole":false,"#,
            r#""text":" because"}}"#
        );
        assert_eq!(serde_json::to_string(&delta).unwrap(), expected);
    }
}
