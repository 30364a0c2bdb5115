use std::time::Duration;

use futures_util::future::select_all;
use tokio::time::{Instant, sleep_until};

use super::{
    call::Call,
    model::ModelAtHost,
    outage::{Closed, Trials},
};
use crate::{ChatError, Phase};

/// A wait is reported again after this time.
const UPDATE_INTERVAL: Duration = Duration::from_secs(5);

/// The longest wait for a host once another call has waited for it as long as it may.
const SHORT_WAIT: Duration = Duration::from_secs(10);

/// A call that waits until a host that may serve it takes calls. Its clock is stopped.
pub(super) struct HostWait {
    /// It has left the host where it was.
    pub(super) call: Call,
    /// Where it was.
    pub(super) model: ModelAtHost,
    /// What it waits for now: a host that loads, or one that is away.
    is_loading: bool,
    report_at: Instant,
}

/// The next step of a call that waits.
pub(super) enum WaitStep {
    /// It waits for this.
    Wait(Phase),
    /// This model takes it.
    Go(ModelAtHost, Trials),
    /// It has waited as long as it may.
    GiveUp { waited: Duration, failures: Vec<ChatError> },
}

impl HostWait {
    pub(super) fn new(call: Call, model: ModelAtHost, is_loading: bool) -> Self {
        Self { call, model, is_loading, report_at: Instant::now() }
    }

    /// Waits for what comes next. Time that has passed is counted even if this is dropped.
    pub(super) async fn next_step(&mut self) -> WaitStep {
        loop {
            let models = self.call.ranked_models(&self.model);
            // Before the look, so that no change falls between the two.
            let outages = models.iter().flat_map(ModelAtHost::outages);
            let changes: Vec<_> = outages.map(|outage| Box::pin(outage.changes().next())).collect();
            let mut closed = Vec::new();
            for model in &models {
                match model.access(self.call.is_patient(), self.call.try_delay()) {
                    Ok(trials) => {
                        self.call.waited_for_host(self.is_loading);
                        return WaitStep::Go(model.clone(), trials);
                    }
                    Err(why) => closed.push(why),
                }
            }
            let (away, host_load) = self.call.waited_for_host(self.is_loading);
            self.is_loading = closed.iter().any(Closed::is_loading);
            let (limit, waited) = if self.is_loading {
                (self.call.load_limit(), host_load)
            } else {
                (models.iter().map(ModelAtHost::away_limit).max().unwrap_or_default(), away)
            };
            let is_hopeless = closed.iter().all(|closed| closed.was_given_up);
            let limit = if is_hopeless { limit.min(SHORT_WAIT) } else { limit };
            let left = limit.saturating_sub(waited);
            if left.is_zero() {
                models.iter().flat_map(ModelAtHost::outages).for_each(|outage| outage.give_up());
                let given_up =
                    |(model, closed): (&ModelAtHost, Closed)| model.state().given_up(closed.error);
                let failures = models.iter().zip(closed).map(given_up).collect();
                return WaitStep::GiveUp { waited: away + host_load, failures };
            }
            let now = Instant::now();
            let next_try = closed.iter().filter_map(|closed| closed.next_try).min();
            if self.report_at <= now {
                self.report_at = now + UPDATE_INTERVAL;
                return WaitStep::Wait(if self.is_loading {
                    Phase::Loading
                } else {
                    let next_try = next_try.map_or(Duration::ZERO, |next_try| next_try - now);
                    Phase::Away { waited: away + host_load, next_try }
                });
            }
            let asks_for_more = |closed: &Closed| {
                let is_asked = closed.error.retry_after().is_some_and(|asked| asked > left);
                is_asked && closed.next_try.is_some_and(|next_try| next_try > now + left)
            };
            // After this time the call would be given up all the same.
            if closed.iter().all(asks_for_more) {
                let failures = closed.into_iter().map(|closed| closed.error).collect();
                return WaitStep::GiveUp { waited: away + host_load, failures };
            }
            let end = (now + left).min(self.report_at);
            tokio::select! {
                _ = select_all(changes) => {}
                () = sleep_until(next_try.map_or(end, |next_try| next_try.min(end))) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
