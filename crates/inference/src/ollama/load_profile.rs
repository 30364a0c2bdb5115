use parking_lot::{Mutex, MutexGuard};
use std::{sync::OnceLock, time::Duration};

use synod_ollama_client::KeepAlive;

/// How long an Ollama keeps a model if neither it nor a setting says: its own default.
const USUAL_STAY: Duration = Duration::from_mins(5);

/// How a model is loaded on an Ollama server. Every call sends the same, for a differing `num_ctx`
/// reloads the model, and the last `keep_alive` counts for all users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadProfile {
    /// Tokens of the window, at most what the model was trained for. `None`: what the model is
    /// loaded with when it is first used, so that it is not reloaded; if it is not loaded
    /// then, the server chooses, now and later.
    pub num_ctx: Option<u32>,
    /// How long the model stays loaded after a call. `None`: nothing is sent, and the server's own
    /// `OLLAMA_KEEP_ALIVE` holds.
    pub keep_alive: Option<KeepAlive>,
}

/// The profile of a model, fixed at its first use, and what the server has reported of the model since.
pub(super) struct FixedProfile {
    wanted: LoadProfile,
    num_ctx: OnceLock<Option<u32>>,
    reported: Mutex<LoadReport>,
}

/// What the server last reported of the loaded model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LoadReport {
    /// Tokens of the window that it is loaded with.
    window: Option<u32>,
    /// How long it stays loaded if it is not used.
    stays: Option<Duration>,
    /// It computes on the processor alone.
    on_processor: bool,
    /// It was loaded from here.
    loaded_here: bool,
}

/// A model as the server has it in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Loaded {
    /// Its window in tokens, if reported.
    pub(super) window: Option<u32>,
    /// How long it stays if it is not used, if reported.
    pub(super) stays: Option<Duration>,
    /// It runs on the CPU alone, if the server reports where it is.
    pub(super) on_processor: bool,
}

impl FixedProfile {
    /// `trained` is the window the model was trained for. The server would load no more, and then
    /// what is loaded would differ from what was asked.
    pub(super) fn new(mut wanted: LoadProfile, trained: Option<u32>) -> Self {
        wanted.num_ctx = wanted.num_ctx.map(|num_ctx| num_ctx.min(trained.unwrap_or(num_ctx)));
        Self { wanted, num_ctx: OnceLock::new(), reported: Mutex::default() }
    }

    /// The window to request, if any.
    pub(super) fn num_ctx(&self) -> Option<u32> {
        self.num_ctx.get().copied().unwrap_or(self.wanted.num_ctx)
    }

    /// The model is about to be used: fixes the window, given how it is loaded, if it is. Whether
    /// it is loaded as it should be.
    pub(super) fn fix(&self, loaded: Option<Loaded>) -> bool {
        let window = loaded.and_then(|loaded| loaded.window);
        let num_ctx = *self.num_ctx.get_or_init(|| self.wanted.num_ctx.or(window));
        let Some(loaded) = loaded else { return false };
        let is_right = num_ctx.is_none() || window.is_none() || num_ctx == window;
        if is_right {
            self.note(loaded);
        }
        is_right
    }

    /// The server lists the model as loaded. Another window than the one that will be asked for
    /// says nothing: the model will be reloaded.
    pub(super) fn listed(&self, loaded: Loaded) {
        let num_ctx = self.num_ctx();
        if num_ctx.is_none() || num_ctx == loaded.window {
            self.note(loaded);
        }
    }

    /// The model was loaded from here, as the server now reports.
    pub(super) fn loaded_as(&self, loaded: Option<Loaded>) {
        if let Some(loaded) = loaded {
            self.note(loaded);
        }
        self.reported().loaded_here = true;
    }

    /// The model was loaded from here before, with all that is sent.
    pub(super) fn was_loaded_here(&self) -> bool {
        self.reported().loaded_here
    }

    /// Tokens of the window that the model is loaded with or will be; `None`: not known before it is
    /// loaded.
    pub(super) fn window(&self) -> Option<u32> {
        self.reported().window.or_else(|| self.num_ctx())
    }

    /// The model computes on the processor alone, as it was last seen in memory.
    pub(super) fn runs_on_cpu(&self) -> bool {
        self.reported().on_processor
    }

    /// The `keep_alive` to send, if any.
    pub(super) fn keep_alive(&self) -> Option<KeepAlive> {
        self.wanted.keep_alive.clone()
    }

    /// How long the model stays loaded after a call.
    pub(super) fn stays_loaded(&self) -> Duration {
        match &self.wanted.keep_alive {
            Some(KeepAlive::Forever) => Duration::MAX,
            Some(KeepAlive::Unload) => Duration::ZERO,
            Some(KeepAlive::For(time)) => *time,
            Some(KeepAlive::Text(_)) | None => self.reported().stays.unwrap_or(USUAL_STAY),
        }
    }

    fn note(&self, loaded: Loaded) {
        let mut reported = self.reported();
        reported.window = loaded.window.or(reported.window);
        reported.stays = loaded.stays.or(reported.stays);
        reported.on_processor = loaded.on_processor;
    }

    fn reported(&self) -> MutexGuard<'_, LoadReport> {
        self.reported.lock()
    }
}
