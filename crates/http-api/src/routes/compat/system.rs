use actix_web::web::{Data, Json};

use crate::{
    Api,
    endpoint::Endpoint,
    wire::{Health, HealthWord, SystemStatusResponse},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/system/status", "get_system_status", status).described(|operation| {
            operation
                .description("Returns the status of the agents and the server.")
                .response::<SystemStatusResponse>(200, "The status")
        }),
        Endpoint::get("/health", "health_check", health).described(|operation| {
            operation
                .description("Returns whether the server responds.")
                .response::<Health>(200, "The server is up")
        }),
    ]
}

async fn status(api: Data<Api>) -> Json<SystemStatusResponse> {
    Json(SystemStatusResponse::of(&api).await)
}

async fn health(api: Data<Api>) -> Json<Health> {
    Json(Health { status: HealthWord::Healthy, timestamp: api.now().to_string() })
}
