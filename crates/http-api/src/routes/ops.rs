//! The routes for operators.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Data, Json},
};
use synod_inference::HostHealth;
use synod_metrics::TrafficMetrics;

use crate::{
    Api,
    endpoint::Endpoint,
    wire::{CheckState, Liveness, LivenessState, Readiness, ReadinessState},
};

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/livez", "livez", livez)
            .described(|operation| {
                operation.description("Returns whether the process responds.").response::<Liveness>(200, "The server is up")
            }),
        Endpoint::get("/readyz", "readyz", readyz).described(|operation| {
            operation
                .description("Returns whether debates can be held: whether the store works, and which hosts respond. Both are checked at most once a second; requests in between share the result.")
                .response::<Readiness>(200, "Ready; `degraded` if a host is missing")
                .response::<Readiness>(503, "The store fails, or the server is shutting down")
        }),
        Endpoint::get("/metrics", "metrics", metrics)
            .described(|operation| {
                operation
                    .description("Returns counters and histograms for Prometheus.")
                    .text_response(200, "The metrics", "text/plain")
            }),
    ]
}

async fn livez() -> Json<Liveness> {
    Json(Liveness { status: LivenessState::Alive })
}

async fn readyz(api: Data<Api>) -> HttpResponse {
    let checked = api.readiness().read(api.synod()).await;
    let is_degraded = checked.hosts.iter().any(|host| host.status != CheckState::Ok);
    let (code, status) = if api.is_leaving() {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::Closing)
    } else if checked.store_failure.is_some() {
        (StatusCode::SERVICE_UNAVAILABLE, ReadinessState::Unavailable)
    } else if is_degraded {
        (StatusCode::OK, ReadinessState::Degraded)
    } else {
        (StatusCode::OK, ReadinessState::Ready)
    };
    let (store, hosts) = (checked.store(), checked.hosts.clone());
    HttpResponse::build(code).json(Readiness { status, store, hosts })
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
    let text = api.metrics().to_text(api.request_stats().uptime());
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}
