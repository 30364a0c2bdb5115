use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The counts of the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineCounts {
    /// Computed tokens of prompts.
    pub prompt_tokens_fed: u64,
    /// Tokens of prompts that were cached from the previous prompt.
    pub prompt_tokens_reused: u64,
    /// Tokens of replies.
    pub output_tokens: u64,
}

/// The state of the engine that other threads can read.
#[derive(Debug, Default)]
pub(super) struct EngineState {
    fed: AtomicU64,
    reused: AtomicU64,
    written: AtomicU64,
    loaded: AtomicBool,
    /// The number of unfinished jobs.
    open: AtomicUsize,
}

impl EngineState {
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

    /// Counts a new job. Returns the number of jobs before it.
    pub(super) fn open(&self) -> usize {
        self.open.fetch_add(1, Relaxed)
    }

    pub(super) fn close(&self) {
        self.open.fetch_sub(1, Relaxed);
    }
}
