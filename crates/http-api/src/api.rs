use std::{ops::Deref, sync::Arc};

use synod_agents::{AgentCast, Roster, TaskDesk};
use synod_debate_engine::DebateHub;
use synod_domain::{Clock, Timestamp};
use synod_inference::Gateway;
use tokio_util::sync::CancellationToken;

use crate::meter::RequestMeter;

/// What the routes serve: the parts of a running house. Clones are the same.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

/// The parts that an [`Api`] serves.
pub struct ApiParts {
    /// The debates.
    pub hub: DebateHub,
    /// The agents at work.
    pub cast: AgentCast,
    /// The agents there are.
    pub roster: Roster,
    /// Where they are given tasks.
    pub desk: TaskDesk,
    /// The models.
    pub gateway: Arc<Gateway>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

struct Inner {
    parts: ApiParts,
    meter: RequestMeter,
    closing: CancellationToken,
}

impl Api {
    /// Serves these parts.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let (meter, closing) = (RequestMeter::new(), CancellationToken::new());
        Self(Arc::new(Inner { parts, meter, closing }))
    }

    /// Ends sockets and streams, since the server is about to stop, and is not ready from now on.
    pub fn close(&self) {
        self.0.closing.cancel();
    }

    /// Cancelled once the server is about to stop.
    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }

    pub(crate) fn meter(&self) -> &RequestMeter {
        &self.0.meter
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Deref for Api {
    type Target = ApiParts;

    fn deref(&self) -> &ApiParts {
        &self.0.parts
    }
}
