use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

/// The kind of a long-lived connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiveKind {
    /// A WebSocket.
    WebSocket,
    /// A stream of server-sent events.
    EventStream,
}

/// A long-lived connection, counted until it is dropped.
#[derive(Debug)]
pub struct LiveConnection(Gauge);

#[derive(Debug)]
pub(crate) struct LiveConnections(Family<Labels, Gauge>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    kind: LiveKind,
}

impl LiveConnections {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let open = Family::default();
        registry.register("live_connections", "Open WebSockets and event streams", open.clone());
        Self(open)
    }

    pub(crate) fn open(&self, kind: LiveKind) -> LiveConnection {
        let open = self.0.get_or_create_owned(&Labels { kind });
        open.inc();
        LiveConnection(open)
    }
}

impl Drop for LiveConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl EncodeLabelValue for LiveKind {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        let word = match self {
            Self::WebSocket => "websocket",
            Self::EventStream => "event_stream",
        };
        word.encode(encoder)
    }
}
