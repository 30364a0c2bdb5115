//! Shows the trials of models before a debate: loads that take a while, and models that are left out.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use synod_agents::{AssignedProfiles, AssignmentError, Registry, assign_models_with};
use synod_domain::DebateConfig;
use synod_inference::{Gateway, ModelInfo, ModelTrials, RequestedModel, TrialReport};
use tokio::time::{Instant, interval};

use crate::output::say;

/// A load that takes less is not reported.
const REPORT_AFTER: Duration = Duration::from_secs(1);

/// How often it is checked whether a report is due.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Interval of the reports of a load.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);

/// Assigns a model to each agent. Returns whether a model was loaded for that, beside the result. If there
/// are no models, the error names those that were left out.
pub(super) async fn assign(
    rules: &DebateConfig,
    registry: &Registry,
    models: &[RequestedModel],
    gateway: &Gateway,
    quiet: bool,
) -> (Result<AssignedProfiles, AssignmentError>, bool) {
    let notices = Mutex::new(Notices::default());
    let notices = || notices.lock().unwrap_or_else(PoisonError::into_inner);
    let report = |report: TrialReport<'_>| notices().on(report);
    let trials = ModelTrials::default().reporting(&report);
    let mut assigned = pin!(assign_models_with(rules, registry, models, gateway, trials));
    let mut ticks = interval(CHECK_INTERVAL);
    let assigned = loop {
        tokio::select! {
            assigned = &mut assigned => break assigned,
            _ = ticks.tick() => {
                let due = notices().due();
                due.iter().filter(|_| !quiet).for_each(|notice| say(notice));
            }
        }
    };
    let Notices { refusals, has_loaded, .. } = std::mem::take(&mut *notices());
    if assigned.is_ok() && !quiet {
        refusals.iter().for_each(|refusal| say(refusal));
    }
    (assigned, has_loaded)
}

/// What there is to say.
#[derive(Default)]
struct Notices {
    /// The loads under way.
    loads: Vec<LoadUnderWay>,
    has_loaded: bool,
    /// The models that are left out.
    refusals: Vec<String>,
}

struct LoadUnderWay {
    /// As `llama3.2:3b on local`.
    model: String,
    begun: Instant,
    next_report: Duration,
}

impl Notices {
    /// Records what happens.
    fn on(&mut self, report: TrialReport<'_>) {
        match report {
            TrialReport::Loading(info) => {
                self.has_loaded = true;
                let model = format!("{} on {}", info.model, info.host);
                let (begun, next_report) = (Instant::now(), REPORT_AFTER);
                self.loads.push(LoadUnderWay { model, begun, next_report });
            }
            TrialReport::Ended(info) => {
                let ended = format!("{} on {}", info.model, info.host);
                self.loads.retain(|load| load.model != ended);
            }
            TrialReport::Refused { model: ModelInfo { host, model, .. }, refusal } => {
                self.refusals.push(format!("{model} on {host} is left out: {refusal}"));
            }
        }
    }

    /// The reports that are due.
    fn due(&mut self) -> Vec<String> {
        let report = |load: &mut LoadUnderWay| {
            let (model, waited) = (&load.model, load.begun.elapsed());
            if waited < load.next_report {
                return None;
            }
            load.next_report = waited + REPORT_INTERVAL;
            Some(match waited < REPORT_INTERVAL {
                true => format!("loading {model} (`load_seconds` limits the wait)"),
                false => format!("still loading {model} after {} s", waited.as_secs()),
            })
        };
        self.loads.iter_mut().filter_map(report).collect()
    }
}

#[cfg(test)]
mod tests {
    use synod_inference::{HostName, ModelName, ModelRefusal};
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_long_loads_are_reported() {
        let host = HostName::new("local").expect("a name");
        let info = |model| ModelInfo::new(host.clone(), ModelName::new(model).expect("a name"));
        let (quick, slow) = (info("quick"), info("slow"));
        let mut notices = Notices::default();
        notices.on(TrialReport::Loading(&quick));
        notices.on(TrialReport::Loading(&slow));
        assert!(notices.due().is_empty());
        notices.on(TrialReport::Ended(&quick));
        advance(REPORT_AFTER).await;
        assert_eq!(notices.due(), ["loading slow on local (`load_seconds` limits the wait)"]);
        advance(Duration::from_secs(29)).await;
        assert!(notices.due().is_empty());
        advance(Duration::from_secs(1)).await;
        assert_eq!(notices.due(), ["still loading slow on local after 31 s"]);
        let refusal = ModelRefusal { why: "too large".into(), is_load: true };
        notices.on(TrialReport::Refused { model: &slow, refusal: &refusal });
        assert_eq!(notices.refusals, ["slow on local is left out: too large"]);
    }
}
