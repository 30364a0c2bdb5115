use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use synod_debate_engine::{CallPhase, CallProgress, Thought};
use synod_domain::{AgentId, CallNo, DebateId, Purpose, Recorded, TurnNo};

/// The state of an open call, for those who watch it. Live only.
#[derive(Debug, Serialize)]
pub(crate) struct CallProgressMessage {
    v: u16,
    debate_id: DebateId,
    r#type: &'static str,
    data: CallState,
}

/// A part of the thinking of a model. Live only.
#[derive(Debug, Serialize)]
pub(crate) struct ThoughtMessage {
    v: u16,
    debate_id: DebateId,
    r#type: &'static str,
    data: ThoughtPiece,
}

/// The state of an open call.
#[derive(Debug, Serialize, JsonSchema)]
struct CallState {
    /// The call.
    call: CallNo,
    /// The purpose of the call.
    purpose: Purpose,
    /// The turn, of openings and arguments.
    turn: Option<TurnNo>,
    /// The agent whose model is called.
    agent_id: AgentId,
    /// What the call does.
    state: CallStateWord,
    /// The number of calls before it; null unless it is queued.
    ahead: Option<usize>,
    /// The estimated seconds until it is served, or until its host is tried again; null if not known.
    wait_seconds: Option<u64>,
}

/// What an open call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CallStateWord {
    /// No host that may serve it is reachable and ready.
    Away,
    /// It waits for its model behind other calls.
    Queued,
    /// The model is being loaded.
    Loading,
    /// The model reads the prompt.
    Prompting,
    /// The model writes.
    Generating,
}

/// A part of the thinking of a model, which is not part of its reply.
#[derive(Debug, Serialize, JsonSchema)]
struct ThoughtPiece {
    /// The call.
    call: CallNo,
    /// The turn, of openings and arguments.
    turn: Option<TurnNo>,
    /// The agent whose model thinks.
    agent_id: AgentId,
    /// Whether the text replaces all pieces so far.
    whole: bool,
    /// The text.
    text: String,
}

impl CallProgressMessage {
    /// Its type.
    pub(crate) const TYPE: &'static str = "call_state";

    pub(crate) fn of(debate_id: DebateId, progress: &CallProgress) -> Self {
        let CallProgress { call, purpose, turn, agent_id, phase } = progress.clone();
        let (state, ahead, wait) = match phase {
            CallPhase::Away { next_try, .. } => (CallStateWord::Away, None, Some(next_try)),
            CallPhase::Queued { ahead, wait } => (CallStateWord::Queued, Some(ahead), wait),
            CallPhase::Loading => (CallStateWord::Loading, None, None),
            CallPhase::Prompting => (CallStateWord::Prompting, None, None),
            CallPhase::Generating => (CallStateWord::Generating, None, None),
        };
        let wait_seconds = wait.map(|wait| wait.as_secs());
        let data = CallState { call, purpose, turn, agent_id, state, ahead, wait_seconds };
        Self { v: Recorded::VERSION, debate_id, r#type: Self::TYPE, data }
    }
}

impl ThoughtMessage {
    /// Its type.
    pub(crate) const TYPE: &'static str = "thought_delta";

    pub(crate) fn of(debate_id: DebateId, thought: &Thought) -> Self {
        let Thought { call, turn, agent_id, whole, text } = thought.clone();
        let data = ThoughtPiece { call, turn, agent_id, whole, text };
        Self { v: Recorded::VERSION, debate_id, r#type: Self::TYPE, data }
    }
}

impl JsonSchema for CallProgressMessage {
    fn schema_name() -> Cow<'static, str> {
        "CallStateUpdate".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let about = "The state of an open call. Live only, without an event number.";
        envelope::<CallState>(generator, Self::TYPE, about)
    }
}

impl JsonSchema for ThoughtMessage {
    fn schema_name() -> Cow<'static, str> {
        "ThoughtDelta".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let about = "A part of the thinking of a model. Live only, without an event number.";
        envelope::<ThoughtPiece>(generator, Self::TYPE, about)
    }
}

fn envelope<T: JsonSchema>(generator: &mut SchemaGenerator, kind: &str, about: &str) -> Schema {
    let mut version = generator.subschema_for::<u16>();
    version.insert("const".to_owned(), Recorded::VERSION.into());
    json_schema!({
        "description": about,
        "type": "object",
        "properties": {
            "v": version,
            "debate_id": generator.subschema_for::<DebateId>(),
            "type": { "type": "string", "const": kind },
            "data": generator.subschema_for::<T>(),
        },
        "required": ["v", "debate_id", "type", "data"],
    })
}
