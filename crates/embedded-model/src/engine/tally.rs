use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What the engine has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineCounts {
    /// Tokens of prompts that were computed.
    pub prompt_tokens_fed: u64,
    /// Tokens of prompts that were there from the prompt before.
    pub prompt_tokens_reused: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// The engine's state, as far as others may see it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    fed: AtomicU64,
    reused: AtomicU64,
    written: AtomicU64,
    loaded: AtomicBool,
    /// Jobs that are not done.
    open: AtomicUsize,
}

impl Tally {
    pub(super) fn counts(&self) -> EngineCounts {
        EngineCounts {
            prompt_tokens_fed: self.fed.load(Relaxed),
            prompt_tokens_reused: self.reused.load(Relaxed),
            output_tokens: self.written.load(Relaxed),
        }
    }

    pub(super) fn fed(&self, tokens: usize) {
        self.fed.fetch_add(tokens as u64, Relaxed);
    }

    pub(super) fn reused(&self, tokens: usize) {
        self.reused.fetch_add(tokens as u64, Relaxed);
    }

    pub(super) fn written(&self) {
        self.written.fetch_add(1, Relaxed);
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.loaded.load(Relaxed)
    }

    pub(super) fn loaded(&self) {
        self.loaded.store(true, Relaxed);
    }

    /// A job comes; returns how many are before it.
    pub(super) fn open(&self) -> usize {
        self.open.fetch_add(1, Relaxed)
    }

    pub(super) fn close(&self) {
        self.open.fetch_sub(1, Relaxed);
    }
}
