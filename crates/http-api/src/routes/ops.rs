//! The routes for operators.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Html, Json},
};
use synod_event_log::Which;
use synod_inference::HostHealth;
use synod_metrics::TrafficMetrics;
use tokio::time::timeout;

use crate::{
    Api,
    endpoint::Endpoint,
    wire::{CheckState, HostCheck, Liveness, LivenessState, Readiness, ReadinessState, StoreCheck},
};

/// How long the answer on readiness waits for a host.
const PATIENCE: Duration = Duration::from_secs(2);

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/livez", "livez", livez)
            .described(|operation| {
                operation.description("Returns whether the process responds.").response::<Liveness>(200, "The server is up")
            }),
        Endpoint::get("/readyz", "readyz", readyz).described(|operation| {
            operation
                .description("Returns whether debates can be held: whether the store works, and which hosts respond.")
                .response::<Readiness>(200, "Ready; `degraded` if a host is missing")
                .response::<Readiness>(503, "The store fails, or the server is shutting down")
        }),
        Endpoint::get("/metrics", "metrics", metrics)
            .described(|operation| {
                operation
                    .description("Returns counters and histograms for Prometheus.")
                    .text_response(200, "The metrics", "text/plain")
            }),
        Endpoint::get("/", "index", index).undescribed(),
    ]
}

async fn livez() -> Json<Liveness> {
    Json(Liveness { status: LivenessState::Alive })
}

async fn readyz(api: Data<Api>) -> HttpResponse {
    let store = timeout(PATIENCE, api.synod().debates().list(Which::All, None, 1)).await;
    let store = match store {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("slow to answer".to_owned()),
    };
    let hosts = hosts(&api).await;
    let is_degraded = hosts.iter().any(|host| host.status != CheckState::Ok);
    let (code, status) = if api.is_leaving() {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::Closing)
    } else if store.is_some() {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::Unavailable)
    } else if is_degraded {
        (StatusCode::OK, ReadinessState::Degraded)
    } else {
        (StatusCode::OK, ReadinessState::Ready)
    };
    HttpResponse::build(code).json(Readiness { status, store: StoreCheck::of(store), hosts })
}

/// Each host, and whether it answers.
async fn hosts(api: &Api) -> Vec<HostCheck> {
    let Ok(listings) = timeout(PATIENCE, api.synod().models().models()).await else {
        return vec![HostCheck::of(Some("a host is slow to answer".to_owned()))];
    };
    let standings = api.synod().models().hosts();
    let told = listings.into_iter().map(|listing| {
        let is_it = |standing: &HostHealth| standing.host == listing.host;
        let resting = standings.iter().any(|standing| is_it(standing) && standing.is_circuit_open);
        let failure = listing.models.err().map(|error| error.to_string());
        let name = Some(listing.host.to_string());
        HostCheck { name, resting, ..HostCheck::of(failure) }
    });
    told.collect()
}

async fn metrics(api: Data<Api>) -> HttpResponse {
    let traffic = api.synod().models().traffic();
    api.metrics().traffic(traffic.iter().map(|lane| TrafficMetrics {
        host: lane.host.as_str(),
        model: lane.model.as_str(),
        in_service: lane.in_service,
        waiting: lane.waiting,
    }));
    for HostHealth { host, is_circuit_open, calls_moved_away } in api.synod().models().hosts() {
        api.metrics().host(host.as_str(), is_circuit_open, calls_moved_away);
    }
    for loads in api.synod().models().loads() {
        api.metrics().loads(loads.host.as_str(), loads.made, loads.avoided);
    }
    let text = api.metrics().to_text(api.meter().uptime());
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}

async fn index() -> Html {
    Html::new(include_str!("../../assets/index.html"))
}
