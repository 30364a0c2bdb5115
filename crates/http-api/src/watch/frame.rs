use std::sync::{Arc, OnceLock};

use actix_web::web::Bytes;
use bytestring::ByteString;
use serde::Serialize;
use synod_debate_engine::{BacklogEntry, CallProgress, Thought, TurnDelta};
use synod_domain::{DebateId, Event, Recorded};
use synod_page::rendered;

use crate::wire::{CallProgressMessage, ThoughtMessage};

/// An event or a live message in wire format. Each format is serialized once for all watchers.
#[derive(Debug)]
pub(crate) struct Frame {
    content: Content,
    json: ByteString,
    sse: OnceLock<Bytes>,
    /// With HTML of what was said.
    rendered: OnceLock<ByteString>,
    rendered_sse: OnceLock<Bytes>,
}

#[derive(Debug)]
enum Content {
    Event(Arc<Recorded>),
    /// A message of this type, which is in no log.
    Live(&'static str),
}

impl BacklogEntry for Frame {
    fn of_event(recorded: Arc<Recorded>) -> Self {
        let json = written(&*recorded);
        Self::new(Content::Event(recorded), json)
    }

    fn of_delta(delta: &TurnDelta) -> Self {
        Self::new(Content::Live("turn_delta"), written(delta))
    }

    fn of_phase(debate: DebateId, progress: &CallProgress) -> Self {
        let message = CallProgressMessage::of(debate, progress);
        Self::new(Content::Live(CallProgressMessage::TYPE), written(&message))
    }

    fn of_thought(debate: DebateId, thought: &Thought) -> Self {
        let message = ThoughtMessage::of(debate, thought);
        Self::new(Content::Live(ThoughtMessage::TYPE), written(&message))
    }

    fn size(&self) -> usize {
        self.json.len()
    }
}

impl Frame {
    fn new(content: Content, json: ByteString) -> Self {
        let (sse, rendered, rendered_sse) = Default::default();
        Self { content, json, sse, rendered, rendered_sse }
    }

    /// The envelope in JSON.
    pub(crate) const fn json(&self) -> &ByteString {
        &self.json
    }

    /// The envelope in JSON, with `html` beside the text of a turn that ended.
    pub(crate) fn rendered(&self) -> &ByteString {
        match &self.content {
            Content::Event(recorded) if matches!(recorded.event, Event::TurnEnded(_)) => {
                self.rendered.get_or_init(|| written(&rendered(recorded)))
            }
            Content::Event(_) | Content::Live(_) => &self.json,
        }
    }

    /// A message of an event stream.
    pub(crate) fn sse(&self) -> Bytes {
        self.sse.get_or_init(|| self.message(&self.json)).clone()
    }

    /// A message of an event stream, rendered.
    pub(crate) fn rendered_sse(&self) -> Bytes {
        self.rendered_sse.get_or_init(|| self.message(self.rendered())).clone()
    }

    /// Only events have an id, so that a reader resumes after the last of them. JSON as serde
    /// writes it has no line breaks.
    fn message(&self, json: &str) -> Bytes {
        match &self.content {
            Content::Event(recorded) => {
                let kind = recorded.event.kind();
                format!("id: {}\nevent: {kind}\ndata: {json}\n\n", recorded.seq).into()
            }
            Content::Live(kind) => format!("event: {kind}\ndata: {json}\n\n").into(),
        }
    }
}

fn written(envelope: &impl Serialize) -> ByteString {
    serde_json::to_string(envelope).expect("envelopes are objects with text keys").into()
}
