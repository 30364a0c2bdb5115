use actix_web::web::{Data, Json};

use crate::{
    Api,
    endpoint::Endpoint,
    wire::{HostReport, HostReports},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/hosts", "list_hosts", hosts).described(|operation| {
        operation
            .description(
                "Returns what each host is doing: calls in service and waiting, models in memory, loads, and \
                 whether it takes calls. Hosts are asked for their models at most once a second.",
            )
            .response::<HostReports>(200, "The hosts")
    })]
}

async fn hosts(api: Data<Api>) -> Json<HostReports> {
    let checked = api.readiness().read(api.synod()).await;
    let now = api.now();
    let report = |state: synod_inference::HostState| {
        let listing = checked.listings.iter().find(|listing| listing.host == state.host);
        HostReport::of(state, listing, now)
    };
    let states = api.synod().models().host_states();
    Json(HostReports { hosts: states.into_iter().map(report).collect() })
}
