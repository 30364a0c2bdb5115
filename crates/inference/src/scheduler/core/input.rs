use std::time::Duration;

use tokio::time::Instant;

use crate::scheduler::{
    flow::Flow,
    ids::{CallId, ModelId},
    memory::{BeforeUse, Disturbances},
    priority::AdmissionClass,
};

/// What happens to a call, a model or the host.
pub(in crate::scheduler) enum Input {
    /// A call arrives.
    Arrive { call: CallId, model: ModelId, class: AdmissionClass, slot: SlotNeed },
    /// A call is over, whatever its state.
    End {
        call: CallId,
        /// Tokens; `None`: the call was never made.
        cost: Option<u64>,
        /// Until when the model stays in memory after this use; `None`: for ever.
        stays_until: Option<Instant>,
    },
    /// The host has begun to work on a call.
    Working { call: CallId },
    /// The model of a granted call is in memory: that is known, or its load went well.
    Used { call: CallId },
    /// A granted call pauses: it keeps its slot and gives up the model.
    Pause { call: CallId },
    /// The pause is over.
    Resume { call: CallId },
    /// The host was asked whether the model of a granted call is in memory.
    Checked {
        call: CallId,
        /// The disturbances when it was asked.
        before: Disturbances,
        /// Given if the model is in memory.
        found: Option<Found>,
    },
    /// A granted call keeps its slot and waits once more for its model: it has to load it, or more
    /// calls are under way than the host serves at a time.
    WaitAgain { call: CallId, needs_load: bool },
    /// A granted call that has to load its model begins to, or shares a load under way.
    LoadBegun { call: CallId, is_shared: bool },
    /// A load of the model has ended.
    LoadEnded {
        model: ModelId,
        took: Duration,
        /// Given if it went well.
        found: Option<Found>,
    },
    /// A host was asked about models that no call is about to use: whether each is in memory.
    Surveyed { before: Disturbances, models: Vec<(ModelId, bool)>, was_pushed_out: bool },
    /// A call took so long to load that the host may have loaded its model.
    SilentLoad,
    /// The host could not be reached.
    HostAway,
    /// A failure puts in doubt that the model is in memory.
    Doubt { model: ModelId },
    /// The host has listed its models, this one as loaded or not.
    Listed { model: ModelId, is_loaded: bool },
    /// The model serves this many calls at a time from now on.
    Limit { model: ModelId, limit: usize },
    /// Time has passed.
    Tick,
}

/// Whether a call needs one of the slots of its model.
pub(in crate::scheduler) enum SlotNeed {
    /// It does, on behalf of this flow.
    Of(Flow),
    /// It does not: it only loads the model.
    None,
}

/// A model that was found in memory.
#[derive(Clone, Copy)]
pub(in crate::scheduler) struct Found {
    /// It stays until then if it is not used; `None`: for ever.
    pub(in crate::scheduler) stays_until: Option<Instant>,
    pub(in crate::scheduler) runs_on_cpu: bool,
}

/// The effects of an input.
#[derive(Debug, Default)]
pub(in crate::scheduler) struct Effects {
    /// Models whose waiting calls may have been granted or have changed position.
    pub(in crate::scheduler) wake: Vec<ModelId>,
    /// The other models of the host are to be asked about; whether one was pushed out for certain.
    pub(in crate::scheduler) survey: Option<bool>,
}

/// What a waiting call learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scheduler) enum View {
    /// The call may use its model.
    Granted(BeforeUse),
    Waiting {
        /// The number of calls that go first.
        ahead: usize,
        /// The time until it is served, as far as it can be estimated.
        wait: Option<Duration>,
        /// When to send [`Input::Tick`] if nothing happens before.
        retry_at: Option<Instant>,
    },
}

impl Input {
    /// The call that arrives, if that is what happens.
    pub(super) const fn arriving(&self) -> Option<CallId> {
        match self {
            Self::Arrive { call, .. } => Some(*call),
            Self::End { .. }
            | Self::Working { .. }
            | Self::Used { .. }
            | Self::Pause { .. }
            | Self::Resume { .. }
            | Self::Checked { .. }
            | Self::WaitAgain { .. }
            | Self::LoadBegun { .. }
            | Self::LoadEnded { .. }
            | Self::Surveyed { .. }
            | Self::SilentLoad
            | Self::HostAway
            | Self::Doubt { .. }
            | Self::Listed { .. }
            | Self::Limit { .. }
            | Self::Tick => None,
        }
    }
}
