use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use synod_inference::{HostName, ModelName};

/// How many tokens a prompt will have, and how many its model's window leaves for the reply.
///
/// Each agent learns from what the host counts of its own prompts, for debates differ in language;
/// before that it is cautious, and as wary as the densest text of its model so far demands. Lengths are bytes of UTF-8, of which a
/// token holds about as many in every language.
#[derive(Debug)]
pub(crate) struct TokenGauge {
    /// Bytes of 100 tokens, a tenth in reserve; 0: nothing was counted yet.
    bytes_per_100: AtomicUsize,
    /// Tokens of the window, as a host told that refused a prompt.
    window: AtomicU32,
    densest: Arc<Densest>,
}

/// Bytes of 100 tokens in the densest texts of each model so far.
#[derive(Debug, Default)]
pub(crate) struct TokenGauges(Mutex<HashMap<(HostName, ModelName), Arc<Densest>>>);

#[derive(Debug)]
struct Densest(AtomicUsize);

/// A host counted far fewer tokens than the prompt must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortfall {
    pub(super) counted: u32,
    pub(super) expected: u32,
}

/// Bytes of 100 tokens before anything was counted.
const CAUTIOUS: usize = 300;

impl Default for Densest {
    fn default() -> Self {
        Self(AtomicUsize::new(CAUTIOUS))
    }
}

impl TokenGauges {
    /// A gauge for one agent on this model.
    pub(super) fn gauge(&self, host: &HostName, model: &ModelName) -> TokenGauge {
        let mut models = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let densest = Arc::clone(models.entry((host.clone(), model.clone())).or_default());
        TokenGauge { bytes_per_100: AtomicUsize::new(0), window: AtomicU32::new(u32::MAX), densest }
    }
}

impl TokenGauge {
    /// What is told as an estimate where a host does not count: about right for English prose.
    pub(crate) const USUAL_BYTES: usize = 4;

    /// The tokens that a prompt of so many bytes leaves for its reply. `window` is the model's, as
    /// far as it is known.
    pub(super) fn room(&self, bytes: usize, window: Option<u32>) -> u32 {
        let told = self.window.load(Ordering::Relaxed);
        let window = window.map_or(told, |window| window.min(told));
        if window == u32::MAX {
            return u32::MAX;
        }
        let bytes_per_100 = self.learnt().unwrap_or_else(|| self.densest.0.load(Ordering::Relaxed));
        let tokens = bytes.saturating_mul(100).div_ceil(bytes_per_100);
        window.saturating_sub(u32::try_from(tokens).unwrap_or(u32::MAX))
    }

    /// The window that holds: the smaller of the model's and of what a host has told when it refused.
    pub(super) fn window(&self, card: Option<u32>) -> Option<u32> {
        let told = Some(self.window.load(Ordering::Relaxed)).filter(|told| *told < u32::MAX);
        card.into_iter().chain(told).min()
    }

    /// The host has counted: the estimate is more than caution.
    pub(super) fn has_learnt(&self) -> bool {
        self.learnt().is_some()
    }

    /// A host counted these tokens. Denser text counts at once, lighter text little by little. A
    /// count that is much too small teaches nothing: it is of a prompt that was cut.
    pub(super) fn learn(&self, bytes: usize, tokens: u32) -> Result<(), Shortfall> {
        // Of a short prompt much is the chat template.
        if tokens >= 50 || bytes >= 100 * Self::USUAL_BYTES {
            let expected = match self.learnt() {
                // Without the reserve.
                Some(learnt) => bytes.saturating_mul(90) / learnt,
                // No tokenizer packs so many bytes into a token, on average.
                None => bytes / (2 * Self::USUAL_BYTES),
            };
            if (tokens as usize) < expected.saturating_mul(3) / 5 {
                let expected = u32::try_from(expected).unwrap_or(u32::MAX);
                return Err(Shortfall { counted: tokens, expected });
            }
            self.adopt(bytes, tokens);
        }
        Ok(())
    }

    /// A host refused a prompt, and perhaps told its tokens and the window.
    pub(super) fn refused(&self, bytes: usize, tokens: Option<u32>, window: Option<u32>) {
        if let Some(tokens) = tokens.filter(|tokens| *tokens >= 50) {
            self.adopt(bytes, tokens);
        }
        if let Some(window) = window.filter(|window| *window > 0) {
            self.window.fetch_min(window, Ordering::Relaxed);
        }
    }

    /// The tokens of a text that nobody counted.
    pub(crate) fn guess(bytes: usize) -> u32 {
        u32::try_from(bytes.div_ceil(Self::USUAL_BYTES)).unwrap_or(u32::MAX)
    }

    fn adopt(&self, bytes: usize, tokens: u32) {
        let seen = (bytes.saturating_mul(90) / tokens as usize).clamp(20, 600);
        let bytes_per_100 = match self.learnt() {
            Some(learnt) if learnt < seen => learnt + (seen - learnt).div_ceil(4),
            Some(_) | None => seen,
        };
        self.bytes_per_100.store(bytes_per_100, Ordering::Relaxed);
        self.densest.0.fetch_min(bytes_per_100, Ordering::Relaxed);
    }

    fn learnt(&self) -> Option<usize> {
        Some(self.bytes_per_100.load(Ordering::Relaxed)).filter(|learnt| *learnt > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gauge() -> TokenGauge {
        gauge_of(&TokenGauges::default())
    }

    fn gauge_of(gauges: &TokenGauges) -> TokenGauge {
        gauges.gauge(&HostName::new("h").unwrap(), &ModelName::new("m").unwrap())
    }

    #[test]
    fn dense_texts_of_a_model_make_the_next_agent_wary() {
        let gauges = TokenGauges::default();
        gauge_of(&gauges).learn(2_000, 1_000).unwrap();
        assert_eq!(gauge_of(&gauges).room(1_800, Some(1_100)), 100);
        assert!(!gauge_of(&gauges).has_learnt());
        gauge_of(&gauges).learn(6_000, 1_000).unwrap();
        assert_eq!(gauge_of(&gauges).room(1_800, Some(1_100)), 100, "what is light does not");
    }

    #[test]
    fn the_first_estimate_is_cautious_and_counts_make_it_better() {
        let gauge = gauge();
        assert_eq!(gauge.room(900, Some(400)), 100);
        assert_eq!(gauge.room(904, Some(400)), 98);
        assert_eq!(gauge.room(usize::MAX, None), u32::MAX);
        assert!(!gauge.has_learnt());

        gauge.learn(1_000, 200).unwrap();
        assert!(gauge.has_learnt());
        assert_eq!(gauge.room(1_350, Some(400)), 100);
    }

    #[test]
    fn denser_text_counts_at_once_and_lighter_text_little_by_little() {
        let gauge = gauge();
        gauge.learn(4_000, 1_000).unwrap();
        gauge.learn(2_000, 1_000).unwrap();
        assert_eq!(gauge.room(1_800, Some(1_000)), 0);
        gauge.learn(2_800, 1_000).unwrap();
        assert_eq!(gauge.room(1_980, Some(1_000)), 0);
    }

    #[test]
    fn a_prompt_cut_in_silence_is_noticed_and_teaches_nothing() {
        let gauge = gauge();
        assert!(gauge.learn(usize::MAX, 60).is_err(), "no text is as light as that");
        assert!(!gauge.has_learnt());
        gauge.learn(4_000, 1_000).unwrap();
        let room = gauge.room(3_600, Some(4_096));
        let cut = gauge.learn(16_400, 2_040);
        assert_eq!(cut, Err(Shortfall { counted: 2_040, expected: 4_100 }));
        assert_eq!(gauge.room(3_600, Some(4_096)), room);
    }

    #[test]
    fn a_refusal_tells_the_window() {
        let gauge = gauge();
        gauge.refused(10_000, Some(2_500), Some(2_048));
        assert_eq!(gauge.room(3_600, Some(4_096)), 1_048);
        assert_eq!(gauge.room(3_600, None), 1_048);
        gauge.refused(0, Some(u32::MAX), Some(0));
        assert_eq!(gauge.room(100, None), 1_548, "what is absurd is bounded");
    }
}
