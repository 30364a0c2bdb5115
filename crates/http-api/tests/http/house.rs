use std::sync::Arc;

use actix_web::{
    App,
    body::to_bytes,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName},
    },
    test,
};
use serde_json::Value;
use synod_agents::AgentCast;
use synod_debate_engine::{DebateHub, Settings, SystemClock};
use synod_domain::Clock;
use synod_event_log::MemoryLog;
use synod_http_api::{Api, ApiParts, ApiSettings, CountedLog, configure};
use synod_inference::{Gateway, GatewaySettings, ScriptedHost, ScriptedModel};
use synod_metrics::Metrics;

/// A whole house on one scripted host.
pub(crate) struct House {
    api: Api,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    /// The body, if it is JSON; else null.
    pub(crate) json: Value,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// A header's text; empty if there is none.
    pub(crate) fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl House {
    /// On a host with this model.
    pub(crate) fn on(model: ScriptedModel) -> Self {
        Self::built(model, ApiSettings::default())
    }

    /// With these settings.
    pub(crate) fn with(settings: ApiSettings) -> Self {
        Self::built(ScriptedModel::new("model"), settings)
    }

    fn built(model: ScriptedModel, settings: ApiSettings) -> Self {
        let host = ScriptedHost::new("local").with(model);
        let gateway = Arc::new(Gateway::new(vec![Arc::new(host)], GatewaySettings::default()));
        let cast = AgentCast::new(Arc::clone(&gateway) as _);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let metrics = Arc::new(Metrics::new("0.0.0"));
        let log = Arc::new(MemoryLog::new(Arc::clone(&clock)));
        let log = Arc::new(CountedLog::new(log, Arc::clone(&metrics)));
        let hub =
            DebateHub::new(log, Arc::clone(&clock), Arc::new(cast.clone()), Settings::default());
        Self { api: Api::with(ApiParts { hub, cast, gateway, clock }, settings, metrics) }
    }

    /// On a host whose model agrees with everyone.
    pub(crate) fn new() -> Self {
        Self::on(ScriptedModel::new("model"))
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(test::TestRequest::get().uri(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(test::TestRequest::post().uri(path).set_json(body)).await
    }

    pub(crate) async fn method(&self, method: Method, path: &str) -> Answer {
        self.ask(test::TestRequest::default().method(method).uri(path)).await
    }

    pub(crate) async fn ask(&self, request: test::TestRequest) -> Answer {
        let app = test::init_service(App::new().configure(configure(self.api.clone()))).await;
        let mut request = request.to_request();
        if !request.head().headers().contains_key(header::HOST) {
            request
                .headers_mut()
                .insert(header::HOST, header::HeaderValue::from_static("localhost"));
        }
        let response = test::call_service(&app, request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.expect("the body is read");
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status, headers, json, bytes: bytes.to_vec() }
    }
}
