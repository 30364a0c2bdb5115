use std::{ops::Deref, sync::Arc};

use synod_agents::AgentCast;
use synod_debate_engine::DebateHub;
use synod_domain::{Clock, Timestamp};
use synod_inference::Gateway;
use tokio_util::sync::CancellationToken;

use crate::{idempotency::KeysInFlight, meter::RequestMeter};

/// What the routes serve: the parts of a running house. Clones are the same.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

/// The parts that an [`Api`] serves.
pub struct ApiParts {
    /// The debates.
    pub hub: DebateHub,
    /// The agents at work.
    pub cast: AgentCast,
    /// The models.
    pub gateway: Arc<Gateway>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

struct Inner {
    parts: ApiParts,
    meter: RequestMeter,
    keys_in_flight: KeysInFlight,
    closing: CancellationToken,
}

impl Api {
    /// Serves these parts.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let (meter, closing) = (RequestMeter::new(), CancellationToken::new());
        Self(Arc::new(Inner { parts, meter, keys_in_flight: KeysInFlight::default(), closing }))
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

    /// The idempotency keys whose requests are being answered.
    pub(crate) fn keys_in_flight(&self) -> &KeysInFlight {
        &self.0.keys_in_flight
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
