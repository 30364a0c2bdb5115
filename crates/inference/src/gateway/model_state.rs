use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{
    GatewaySettings,
    ability::{Ability, NO_LOAD_BELIEVED},
    crowding::Crowding,
    learnt_window::LearntWindow,
    outage::{Outage, Sign},
    thought::Thought,
};
use crate::{
    ChatError, CrashSuspect, HostName, ModelName,
    scheduler::{HostScheduler, ModelScheduler, ThroughputEstimate},
};

/// What all calls for one model on one host share.
pub(super) struct ModelState {
    pub(super) scheduler: Arc<ModelScheduler>,
    pub(super) throughput: ThroughputEstimate,
    pub(super) thought: Thought,
    /// The time in which the host takes no calls for the model.
    pub(super) outage: Arc<Outage>,
    pub(super) crowding: Crowding,
    /// The model has brought output since its host was last away, or was waited for as long as a call may.
    has_answered: AtomicBool,
    /// How often a call has brought its first output, or a load has succeeded.
    answers: AtomicU64,
    /// A call has brought output.
    has_replied: AtomicBool,
    pub(super) ability: Ability,
    pub(super) window: LearntWindow,
    pub(super) settings: Arc<GatewaySettings>,
}

/// How busy a model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelTraffic {
    /// The host.
    pub host: HostName,
    /// The model.
    pub model: ModelName,
    /// Calls in service.
    pub in_service: usize,
    /// Calls that wait.
    pub waiting: usize,
}

impl ModelState {
    pub(super) fn new(
        concurrency: usize,
        settings: Arc<GatewaySettings>,
        host: &Arc<HostScheduler>,
    ) -> Arc<Self> {
        Arc::new(Self {
            scheduler: host.register(concurrency, settings.waiting_calls),
            throughput: ThroughputEstimate::default(),
            thought: Thought::default(),
            outage: Outage::none(),
            crowding: Crowding::new(concurrency),
            has_answered: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            has_replied: AtomicBool::new(false),
            ability: Ability::default(),
            window: LearntWindow::default(),
            settings,
        })
    }

    /// A call has brought output, or a load has succeeded.
    pub(super) fn answers(&self) {
        self.outage.over();
        self.has_answered.store(true, Ordering::Relaxed);
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// A call has brought output.
    pub(super) fn replies(&self) {
        self.has_replied.store(true, Ordering::Relaxed);
        self.answers();
    }

    /// Whether a call has ever brought output.
    pub(super) fn has_replied(&self) -> bool {
        self.has_replied.load(Ordering::Relaxed)
    }

    /// Grows each time that the model answers.
    pub(super) fn answered(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// A call has waited for a load in silence as long as it may: the next ones do not.
    pub(super) fn give_up_silence(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Whether the model has brought output since its host was last away.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// The process of the model stops at each call, if that is what the error says: it is not used for
    /// some time.
    pub(super) fn stops_always(&self, error: &ChatError) {
        if let ChatError::Crashed { suspect: CrashSuspect::Model, .. } = error
            && let Some(refusal) = error.model_refusal()
        {
            self.ability.is_unable(refusal);
        }
    }

    /// Why calls to the model fail, if one did a short while ago, and it may have no better prospects than
    /// another model of its host.
    pub(super) fn failure(&self) -> Option<ChatError> {
        let error = self.outage.error_within(NO_LOAD_BELIEVED)?;
        matches!(error, ChatError::Crashed { .. }).then_some(error)
    }

    /// A call has waited for the process of the model as long as it may. If the model has never replied,
    /// the model is the cause.
    pub(super) fn given_up(&self, mut error: ChatError) -> ChatError {
        if let ChatError::Crashed { suspect: suspect @ CrashSuspect::Unknown, .. } = &mut error
            && !self.has_replied()
        {
            *suspect = CrashSuspect::Model;
            self.stops_always(&error);
        }
        error
    }

    /// A call or a load failed. A host that was not ready in mid-reply takes no calls meanwhile, as one
    /// that was not ready before.
    pub(super) fn failed(&self, error: &ChatError) {
        let cause = error.cause_in_mid_reply().filter(|cause| is_busy_or_loading(cause));
        let error = cause.unwrap_or(error);
        match Sign::of(error) {
            Sign::ModelNotReady => self.outage.met(error),
            Sign::Ready => self.outage.over(),
            Sign::HostAway => self.has_answered.store(false, Ordering::Relaxed),
            Sign::None => {}
        }
    }
}

const fn is_busy_or_loading(error: &ChatError) -> bool {
    matches!(error, ChatError::Overloaded { .. } | ChatError::Loading { .. })
}
