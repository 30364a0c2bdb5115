use std::time::Duration;

use tokio::time::Instant;

use crate::{ModelInfo, ModelRefusal};

/// How long models are tried before they are used, and who learns of it.
///
/// By default, a load takes as long as it may in a call ([`GatewaySettings::load_limit`]), and nothing is
/// reported.
///
/// [`GatewaySettings::load_limit`]: crate::GatewaySettings::load_limit
#[derive(Clone, Copy, Default)]
pub struct ModelTrials<'a> {
    ends_at: Option<Instant>,
    report: Option<&'a (dyn Fn(TrialReport<'_>) + Sync)>,
}

/// What happens while models are tried.
#[derive(Clone, Copy, Debug)]
pub enum TrialReport<'a> {
    /// The host begins to load the model.
    Loading(&'a ModelInfo),
    /// The model is in memory, or is not waited for any longer.
    Ended(&'a ModelInfo),
    /// The host does not serve the model.
    Refused {
        /// The model.
        model: &'a ModelInfo,
        /// The reason.
        refusal: &'a ModelRefusal,
    },
}

impl<'a> ModelTrials<'a> {
    /// Waits for loads for this time in all from now on. A load that takes longer continues, and its model
    /// counts as able: hosts refuse to load a model sooner than they have loaded it.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.ends_at = Instant::now().checked_add(limit);
        self
    }

    /// Reports what happens.
    #[must_use]
    pub fn reporting(mut self, report: &'a (dyn Fn(TrialReport<'_>) + Sync)) -> Self {
        self.report = Some(report);
        self
    }

    /// The time that is left for loads, at most this.
    pub(super) fn time_left(&self, limit: Duration) -> Duration {
        let left = self.ends_at.map(|end| end.saturating_duration_since(Instant::now()));
        left.map_or(limit, |left| left.min(limit))
    }

    pub(super) fn report(&self, report: TrialReport<'_>) {
        if let Some(to) = self.report {
            to(report);
        }
    }
}
