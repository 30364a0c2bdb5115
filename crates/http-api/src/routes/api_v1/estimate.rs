use std::time::Duration;

use actix_web::web::{Data, Json};
use synod_domain::{DebateMode, HostName, Initialized, ModelName, ParticipantProfile, Scale};
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
    let states = models.host_states();
    let slots = |host: &HostName| {
        let state = states.iter().find(|state| state.host == *host);
        state.and_then(|state| state.slots).map_or(1, usize::from)
    };
    let seat = |profile: &ParticipantProfile| Seat {
        model: (profile.host.clone(), profile.model.clone()),
        call: models.usual_call_time(&profile.host, &profile.model),
        slots: slots(&profile.host),
    };
    let seats: Vec<_> = setup.participants.iter().map(|profile| seat(profile)).collect();
    let time = Course::of(&setup).time(&seats);
    Ok(Json(DebateEstimate::new(&setup, time, cautions(&setup, models))))
}

/// The planned calls of a debate, by what they wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Course {
    /// How often all participants are called at the same time.
    together: u32,
    /// Calls that are made one after another.
    alone: u32,
}

/// What the time of a participant's calls depends on.
#[derive(Clone, Debug)]
struct Seat {
    model: (HostName, ModelName),
    /// The usual time of a call.
    call: Option<Duration>,
    /// The calls that the model serves at a time.
    slots: usize,
}

impl Course {
    fn of(setup: &Initialized) -> Self {
        let config = &setup.config;
        let rounds = u32::from(config.max_rounds);
        let passes = match config.debate_mode {
            DebateMode::Structured => rounds * u32::from(config.max_iterations_per_round),
            DebateMode::Freeform | DebateMode::Autonomous => 0,
        };
        // The openings and the blind ballots, the passes, and the ballots of the rounds.
        let together = 2 + passes + rounds;
        let of = u32::from(setup.limits.of);
        Self { together, alone: setup.limits.planned_calls.saturating_sub(together * of) }
    }

    /// The seconds that the calls take. A participant whose time is not known is taken for as fast as the others;
    /// `None` if no time is known.
    fn time(self, seats: &[Seat]) -> Option<(u64, EstimateBasis)> {
        let known: Vec<_> = seats.iter().filter_map(|seat| seat.call).collect();
        let count = u32::try_from(known.len()).ok().filter(|count| *count > 0)?;
        let mean = known.iter().sum::<Duration>() / count;
        let all_of = |seat: &Seat| {
            let calls = seats.iter().filter(|other| other.model == seat.model).count();
            let turns = u32::try_from(calls.div_ceil(seat.slots)).unwrap_or(u32::MAX);
            seat.call.unwrap_or(mean).saturating_mul(turns)
        };
        let together = seats.iter().map(all_of).max().unwrap_or_default();
        let time = together.saturating_mul(self.together) + mean.saturating_mul(self.alone);
        let is_measured = known.len() == seats.len();
        let basis = if is_measured { EstimateBasis::Measured } else { EstimateBasis::Assumed };
        Some((time.as_secs() + u64::from(time.subsec_nanos() > 0), basis))
    }
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
    let tiny: Vec<_> = seats.iter().filter(|seat| seat.scale == Scale::Tiny).collect();
    if let [first, rest @ ..] = tiny.as_slice() {
        let voters = if rest.iter().all(|seat| seat.model == first.model) {
            format!("The model {} is tiny: its", first.model)
        } else {
            format!("The models of {} participants are tiny: their", tiny.len())
        };
        cautions.push(format!(
            "{voters} ballots are near chance. Use a larger model for a verdict that means something."
        ));
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

    fn seats<const N: usize>(calls: [(&str, Option<u64>); N], slots: usize) -> Vec<Seat> {
        let seat = |(model, millis): (&str, Option<u64>)| Seat {
            model: (
                HostName::new("local").expect("a name"),
                ModelName::new(model).expect("a name"),
            ),
            call: millis.map(Duration::from_millis),
            slots,
        };
        calls.into_iter().map(seat).collect()
    }

    #[test]
    fn calls_at_the_same_time_take_as_long_as_the_slowest() {
        use EstimateBasis::{Assumed, Measured};
        let course = Course { together: 4, alone: 2 };
        let two = seats([("a", Some(2_000)), ("b", Some(4_000))], 1);
        assert_eq!(course.time(&two), Some((4 * 4 + 2 * 3, Measured)));
        let three = seats([("a", Some(2_000)), ("b", None), ("c", Some(4_000))], 1);
        assert_eq!(course.time(&three), Some((4 * 4 + 2 * 3, Assumed)));
        assert_eq!(course.time(&seats([("a", None), ("b", None)], 1)), None);
        assert_eq!(course.time(&[]), None);
        let short = seats([("a", Some(150))], 1);
        assert_eq!(course.time(&short), Some((1, Measured)), "rounded up");
    }

    #[test]
    fn calls_of_one_model_share_its_slots() {
        let course = Course { together: 1, alone: 0 };
        for (slots, seconds) in [(1, 15), (2, 9), (3, 6), (5, 3), (8, 3)] {
            let five = seats([("a", Some(3_000)); 5], slots);
            assert_eq!(course.time(&five), Some((seconds, EstimateBasis::Measured)), "{slots}");
        }
    }
}
