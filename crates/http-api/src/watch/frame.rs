use std::sync::{Arc, OnceLock};

use actix_web::web::Bytes;
use bytestring::ByteString;
use serde::Serialize;
use serde_json::Value;
use synod_debate_engine::{BacklogEntry, TurnDelta};
use synod_domain::{Event, Recorded};

use crate::response::html::statement_html;

/// An event or a delta in wire format. Each format is serialized once for all watchers.
#[derive(Debug)]
pub(crate) struct Frame {
    /// `None`: a delta.
    event: Option<Arc<Recorded>>,
    json: ByteString,
    sse: OnceLock<Bytes>,
    /// With HTML of what was said.
    rendered: OnceLock<ByteString>,
    rendered_sse: OnceLock<Bytes>,
}

impl BacklogEntry for Frame {
    fn of_event(recorded: Arc<Recorded>) -> Self {
        let json = written(&*recorded);
        Self::new(Some(recorded), json)
    }

    fn of_delta(delta: &TurnDelta) -> Self {
        Self::new(None, written(delta))
    }

    fn size(&self) -> usize {
        self.json.len()
    }
}

impl Frame {
    fn new(event: Option<Arc<Recorded>>, json: ByteString) -> Self {
        let (sse, rendered, rendered_sse) = Default::default();
        Self { event, json, sse, rendered, rendered_sse }
    }

    /// The envelope in JSON.
    pub(crate) const fn json(&self) -> &ByteString {
        &self.json
    }

    /// The envelope in JSON, with `html` beside the text of a turn that ended.
    pub(crate) fn rendered(&self) -> &ByteString {
        let Some((recorded, Event::TurnEnded(turn))) = self.event.as_ref().map(|r| (r, &r.event))
        else {
            return &self.json;
        };
        self.rendered.get_or_init(|| {
            let mut envelope = serde_json::to_value(&**recorded).unwrap_or_default();
            if let Some(Value::Object(data)) = envelope.get_mut("data") {
                data.insert("html".to_owned(), statement_html(&turn.text).into());
            }
            written(&envelope)
        })
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
        match &self.event {
            Some(recorded) => {
                let kind = recorded.event.kind();
                format!("id: {}\nevent: {kind}\ndata: {json}\n\n", recorded.seq).into()
            }
            None => format!("event: turn_delta\ndata: {json}\n\n").into(),
        }
    }
}

fn written(envelope: &impl Serialize) -> ByteString {
    serde_json::to_string(envelope).expect("envelopes are objects with text keys").into()
}
