use std::time::Duration;

use actix_web::web::{Data, Json};
use tokio::time::timeout;

use crate::{Api, endpoint::Endpoint, wire::PageSettings};

/// How long the page waits for hosts. It shows without what they have.
const PATIENCE: Duration = Duration::from_millis(300);

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/page", "read_page_settings", settings).described(|operation| {
        operation
            .description("Returns what the live page needs before its first request with a key. It needs no key.")
            .response::<PageSettings>(200, "The settings")
    })]
}

async fn settings(api: Data<Api>) -> Json<PageSettings> {
    let (mut demo_model, mut pull_hint) = (None, None);
    // The check continues if the page does not wait for it.
    if let Ok(checked) = timeout(PATIENCE, api.readiness().read(api.synod())).await {
        let models = checked.listings.iter().flat_map(|listing| listing.models.iter().flatten());
        let mut has_other = false;
        for info in models.filter(|info| info.chats) {
            match info.demo {
                true => demo_model = Some(info.model.to_string()),
                false => has_other = true,
            }
        }
        pull_hint = api.synod().models().install_hint().filter(|_| !has_other);
    }
    let settings = api.settings();
    Json(PageSettings {
        version: env!("CARGO_PKG_VERSION"),
        shares: settings.shares,
        auth: settings.key.is_some(),
        demo_model,
        pull_hint,
        defaults: (&settings.debates).into(),
    })
}
