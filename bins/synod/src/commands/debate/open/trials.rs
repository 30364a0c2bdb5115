//! Shows what is tried of models before a debate: loads that take a while, and models that are left out.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use synod_agents::{AssignedProfiles, AssignmentError, Registry, assign_models_with};
use synod_domain::DebateConfig;
use synod_inference::{Gateway, ModelTrials, RequestedModel, TrialReport};
use tokio::time::{Instant, interval};

use crate::output::say;

/// A load that takes less is not reported.
const REPORT_AFTER: Duration = Duration::from_secs(1);

/// Interval of the reports of a load.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);

/// Assigns a model to each agent. Returns whether a model was loaded for that, beside the result.
pub(super) async fn assign(
    rules: &DebateConfig,
    registry: &Registry,
    models: &[RequestedModel],
    gateway: &Gateway,
    quiet: bool,
) -> (Result<AssignedProfiles, AssignmentError>, bool) {
    let notices = Mutex::new(Notices::default());
    let notices = || notices.lock().unwrap_or_else(PoisonError::into_inner);
    let report = |report: TrialReport<'_>| {
        let notice = notices().on(report);
        if let Some(notice) = notice.filter(|_| !quiet) {
            say(&notice);
        }
    };
    let trials = ModelTrials::default().reporting(&report);
    let mut assigned = pin!(assign_models_with(rules, registry, models, gateway, trials));
    let mut ticks = interval(REPORT_AFTER);
    let assigned = loop {
        tokio::select! {
            assigned = &mut assigned => break assigned,
            _ = ticks.tick() => {
                let due = notices().due();
                due.iter().filter(|_| !quiet).for_each(|notice| say(notice));
            }
        }
    };
    let has_loaded = notices().has_loaded;
    (assigned, has_loaded)
}

/// The loads under way.
#[derive(Default)]
struct Notices {
    loads: Vec<LoadUnderWay>,
    has_loaded: bool,
}

struct LoadUnderWay {
    /// As `llama3.2:3b on local`.
    model: String,
    begun: Instant,
    next_report: Duration,
}

impl Notices {
    /// Records what happens. Returns what is reported at once.
    fn on(&mut self, report: TrialReport<'_>) -> Option<String> {
        match report {
            TrialReport::Loading(info) => {
                self.has_loaded = true;
                let model = format!("{} on {}", info.model, info.host);
                let (begun, next_report) = (Instant::now(), REPORT_AFTER);
                self.loads.push(LoadUnderWay { model, begun, next_report });
                None
            }
            TrialReport::Ended(info) => {
                let ended = format!("{} on {}", info.model, info.host);
                self.loads.retain(|load| load.model != ended);
                None
            }
            TrialReport::Refused { model, refusal } => {
                Some(format!("{} on {} is left out: {refusal}", model.model, model.host))
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
    use synod_inference::{HostName, ModelInfo, ModelName, ModelRefusal};
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_long_loads_are_reported() {
        let host = HostName::new("local").expect("a name");
        let info = |model| ModelInfo::new(host.clone(), ModelName::new(model).expect("a name"));
        let (quick, slow) = (info("quick"), info("slow"));
        let mut notices = Notices::default();
        assert_eq!(notices.on(TrialReport::Loading(&quick)), None);
        assert_eq!(notices.on(TrialReport::Loading(&slow)), None);
        assert!(notices.due().is_empty());
        assert_eq!(notices.on(TrialReport::Ended(&quick)), None);
        advance(REPORT_AFTER).await;
        assert_eq!(notices.due(), ["loading slow on local (`load_seconds` limits the wait)"]);
        advance(Duration::from_secs(29)).await;
        assert!(notices.due().is_empty());
        advance(Duration::from_secs(1)).await;
        assert_eq!(notices.due(), ["still loading slow on local after 31 s"]);
        let refusal = ModelRefusal { why: "too large".into(), is_load: true };
        let refused = TrialReport::Refused { model: &slow, refusal: &refusal };
        let notice = notices.on(refused).expect("a notice");
        assert_eq!(notice, "slow on local is left out: too large");
    }
}
