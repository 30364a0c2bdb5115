use actix_web::web::{Data, Json};

use crate::{Api, endpoint::Endpoint, wire::Health};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/health", "health_check", health).described(|operation| {
        operation.does("Whether the server answers.").answers::<Health>(200, "It does")
    })]
}

async fn health(api: Data<Api>) -> Json<Health> {
    Json(Health { status: "healthy", timestamp: api.now().to_string() })
}
