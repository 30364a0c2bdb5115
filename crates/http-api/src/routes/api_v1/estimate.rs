use std::time::Duration;

use actix_web::web::{Data, Json};
use synod_domain::{Initialized, ParticipantProfile};
use synod_inference::Gateway;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::body::JsonBody,
    response::error::ApiError,
    routes::create_debate,
    wire::{DebateEstimate, EstimateBasis, NewDebateRequest},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/debates/estimate";
    vec![Endpoint::post(path, "estimate_debate", estimate).described(|operation| {
        operation
            .description(
                "Returns what a debate would need: votes, calls, and about how long it takes. It creates nothing, \
                 and tries or loads no model. A request that is refused here is refused at the creation, for the \
                 same reasons.",
            )
            .body::<NewDebateRequest>()
            .response::<DebateEstimate>(200, "The estimate")
            .error_response(404, "A named agent does not exist")
            .error_response(503, "No model host responds")
    })]
}

async fn estimate(
    api: Data<Api>,
    JsonBody(wanted): JsonBody<NewDebateRequest>,
) -> Result<Json<DebateEstimate>, ApiError> {
    let config = wanted.with(&api.settings().debates);
    let setup = create_debate::plan(&api, config).await?;
    let models = api.synod().models();
    let usual_time = |seat: &ParticipantProfile| models.usual_call_time(&seat.host, &seat.model);
    let times: Vec<_> = setup.participants.iter().map(|seat| usual_time(seat)).collect();
    let time = debate_time(&times, setup.limits.planned_calls);
    Ok(Json(DebateEstimate::new(&setup, time, cautions(&setup, models))))
}

/// The seconds that the planned calls take one after another, from the usual time of a call of each
/// participant. A participant whose time is not known is taken for as fast as the others.
fn debate_time(times: &[Option<Duration>], calls: u32) -> Option<(u64, EstimateBasis)> {
    let known: Vec<_> = times.iter().flatten().collect();
    let count = u32::try_from(known.len()).ok().filter(|count| *count > 0)?;
    let mean = known.iter().copied().sum::<Duration>() / count;
    let is_measured = known.len() == times.len();
    let basis = if is_measured { EstimateBasis::Measured } else { EstimateBasis::Assumed };
    let time = mean.saturating_mul(calls);
    Some((time.as_secs() + u64::from(time.subsec_nanos() > 0), basis))
}

/// What to know of the models before the debate.
fn cautions(setup: &Initialized, models: &Gateway) -> Vec<String> {
    let seats = &setup.participants;
    let mut cautions = Vec::new();
    let mut seen = Vec::new();
    for seat in seats {
        let model = (&seat.host, &seat.model);
        if seen.contains(&model) {
            continue;
        }
        seen.push(model);
        if let Some(outage) = models.outage_of(&seat.host, &seat.model) {
            cautions.push(format!("{outage}; the debate waits for it."));
        }
    }
    if seats.len() > 1 && seen.len() == 1 {
        let model = &seats[0].model;
        cautions.push(format!(
            "All participants use the model {model}: they make the same mistakes, so that their agreement shows less."
        ));
    }
    cautions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn the_time_is_that_of_all_planned_calls() {
        use EstimateBasis::{Assumed, Measured};
        assert_eq!(debate_time(&[seconds(2), seconds(4)], 10), Some((30, Measured)));
        assert_eq!(debate_time(&[seconds(2), None, seconds(4)], 10), Some((30, Assumed)));
        assert_eq!(debate_time(&[None, None], 10), None);
        assert_eq!(debate_time(&[], 10), None);
        let short = Some(Duration::from_millis(150));
        assert_eq!(debate_time(&[short], 10), Some((2, Measured)), "rounded up");
    }
}
