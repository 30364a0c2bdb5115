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
/// before that it is cautious, and as wary as the densest text of its model so far demands. The window
/// that a host tells when it refuses a prompt holds for all agents on the model. Lengths are bytes of
/// UTF-8, of which a token holds about as many in every language.
#[derive(Debug)]
pub(crate) struct TokenGauge {
    /// Bytes of 100 tokens, a tenth in reserve; 0: nothing was counted yet.
    bytes_per_100: AtomicUsize,
    shared: Arc<Shared>,
}

/// What all agents on one model of one host have learnt of it.
#[derive(Debug, Default)]
pub(crate) struct TokenGauges(Mutex<HashMap<(HostName, ModelName), Arc<Shared>>>);

#[derive(Debug)]
struct Shared {
    /// Bytes of 100 tokens in the densest texts so far.
    densest: AtomicUsize,
    /// Tokens of the window, as a refusal of the host stated.
    window: AtomicU32,
}

/// A host counted far fewer tokens than the prompt must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortfall {
    pub(super) counted: u32,
    pub(super) expected: u32,
}

/// A prompt that a host refused because it does not fit the window, with the figures of the refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    /// Bytes of the prompt.
    pub(super) bytes: usize,
    /// Most tokens of the reply that were asked for.
    pub(super) most_tokens: u32,
    pub(super) prompt_tokens: Option<u32>,
    pub(super) window: Option<u32>,
}

/// Tokens that a prompt may have more when it is written for a shorter reply.
const SPARE: u32 = 16;

/// Bytes of 100 tokens before anything was counted.
const CAUTIOUS: usize = 300;

/// Bytes that are counted on of each 100 that were seen.
const RESERVED: usize = 90;

impl Default for Shared {
    fn default() -> Self {
        Self { densest: AtomicUsize::new(CAUTIOUS), window: AtomicU32::new(u32::MAX) }
    }
}

impl TokenGauges {
    /// A gauge for one agent on this model.
    pub(super) fn gauge(&self, host: &HostName, model: &ModelName) -> TokenGauge {
        let mut models = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = Arc::clone(models.entry((host.clone(), model.clone())).or_default());
        TokenGauge { bytes_per_100: AtomicUsize::new(0), shared }
    }
}

impl TokenGauge {
    /// The estimate where a host does not count: about right for English prose.
    pub(crate) const USUAL_BYTES: usize = 4;

    /// The tokens that a prompt of this length in bytes leaves for its reply. `window` is the model's, as
    /// far as it is known.
    pub(super) fn room(&self, bytes: usize, window: Option<u32>) -> u32 {
        let Some(window) = self.window(window) else { return u32::MAX };
        let bytes_per_100 =
            self.learnt().unwrap_or_else(|| self.shared.densest.load(Ordering::Relaxed));
        let tokens = bytes.saturating_mul(100).div_ceil(bytes_per_100);
        window.saturating_sub(u32::try_from(tokens).unwrap_or(u32::MAX))
    }

    /// The same by the best guess, with nothing in reserve.
    pub(super) fn likely_room(&self, bytes: usize, window: Option<u32>) -> u32 {
        let Some(window) = self.window(window) else { return u32::MAX };
        let tokens = match self.learnt() {
            Some(bytes_per_100) => bytes.saturating_mul(RESERVED) / bytes_per_100,
            None => bytes / Self::USUAL_BYTES,
        };
        window.saturating_sub(u32::try_from(tokens).unwrap_or(u32::MAX))
    }

    /// The effective window: the smaller of the model's and the one stated in a refusal.
    pub(super) fn window(&self, of_info: Option<u32>) -> Option<u32> {
        let told = Some(self.shared.window.load(Ordering::Relaxed));
        of_info.into_iter().chain(told.filter(|told| *told < u32::MAX)).min()
    }

    /// A host counted these tokens. Denser text counts at once, lighter text little by little. A
    /// count that is much too small teaches nothing: it is of a prompt that was cut.
    pub(super) fn learn(&self, bytes: usize, tokens: u32) -> Result<(), Shortfall> {
        // Of a short prompt much is the chat template.
        if tokens >= 50 || bytes >= 100 * Self::USUAL_BYTES {
            let expected = match self.learnt() {
                // Without the reserve.
                Some(learnt) => bytes.saturating_mul(RESERVED) / learnt,
                // No tokenizer has so many bytes per token on average.
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

    /// Records that a host refused a prompt, with the token count and window of the refusal, if stated.
    pub(super) fn refused(&self, refused: &Refused) {
        if let Some(tokens) = refused.prompt_tokens.filter(|tokens| *tokens >= 50) {
            self.adopt(refused.bytes, tokens);
        }
        if let Some(window) = refused.window.filter(|window| *window > 0) {
            // The latest counts: a server may have been started anew with another.
            self.shared.window.store(window, Ordering::Relaxed);
        }
    }

    /// The tokens that are left for the reply to a prompt of so many bytes, after a host has refused
    /// it with a reply of so many tokens. `None`: the prompt itself does not fit, or it cannot be told.
    pub(super) fn left(&self, refused: &Refused) -> Option<u32> {
        let left = match (refused.prompt_tokens, refused.window) {
            // The words that tell the length of the reply will be others.
            (Some(tokens), Some(window)) => window.checked_sub(tokens)?.saturating_sub(SPARE),
            (None, Some(window)) => self.room(refused.bytes, Some(window)),
            (_, None) => return None,
        };
        Some(left).filter(|left| *left < refused.most_tokens)
    }

    /// The estimated tokens of an uncounted text.
    pub(crate) fn guess(bytes: usize) -> u32 {
        u32::try_from(bytes.div_ceil(Self::USUAL_BYTES)).unwrap_or(u32::MAX)
    }

    fn adopt(&self, bytes: usize, tokens: u32) {
        let seen = (bytes.saturating_mul(RESERVED) / tokens as usize).clamp(20, 600);
        let bytes_per_100 = match self.learnt() {
            Some(learnt) if learnt < seen => learnt + (seen - learnt).div_ceil(4),
            Some(_) | None => seen,
        };
        self.bytes_per_100.store(bytes_per_100, Ordering::Relaxed);
        self.shared.densest.fetch_min(bytes_per_100, Ordering::Relaxed);
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
        gauge_of(&gauges).learn(6_000, 1_000).unwrap();
        assert_eq!(gauge_of(&gauges).room(1_800, Some(1_100)), 100, "what is light does not");
    }

    #[test]
    fn the_first_estimate_is_cautious_and_counts_make_it_better() {
        let gauge = gauge();
        assert_eq!(gauge.room(900, Some(400)), 100);
        assert_eq!(gauge.room(904, Some(400)), 98);
        assert_eq!(gauge.room(usize::MAX, None), u32::MAX);
        assert_eq!(gauge.likely_room(900, Some(400)), 175);
        assert_eq!(gauge.likely_room(usize::MAX, None), u32::MAX);

        gauge.learn(1_000, 200).unwrap();
        assert_eq!(gauge.room(1_350, Some(400)), 100);
        assert_eq!(gauge.likely_room(1_350, Some(400)), 130);
        assert_eq!(gauge.likely_room(9_000, Some(400)), 0);
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
        assert_eq!(gauge.learnt(), None);
        gauge.learn(4_000, 1_000).unwrap();
        let room = gauge.room(3_600, Some(4_096));
        let cut = gauge.learn(16_400, 2_040);
        assert_eq!(cut, Err(Shortfall { counted: 2_040, expected: 4_100 }));
        assert_eq!(gauge.room(3_600, Some(4_096)), room);
    }

    fn refused(bytes: usize, prompt_tokens: Option<u32>, window: Option<u32>) -> Refused {
        Refused { bytes, most_tokens: 400, prompt_tokens, window }
    }

    #[test]
    fn a_refusal_tells_the_window() {
        let gauge = gauge();
        gauge.refused(&refused(10_000, Some(2_500), Some(2_048)));
        assert_eq!(gauge.room(3_600, Some(4_096)), 1_048);
        assert_eq!(gauge.room(3_600, None), 1_048);
        gauge.refused(&refused(0, Some(u32::MAX), Some(0)));
        assert_eq!(gauge.room(100, None), 1_548, "what is absurd is bounded");
    }

    #[test]
    fn the_window_that_one_agent_was_told_holds_for_all_on_the_model() {
        let gauges = TokenGauges::default();
        let earlier = gauge_of(&gauges);
        gauge_of(&gauges).refused(&refused(4_000, Some(1_000), Some(1_024)));
        assert_eq!(earlier.room(300, None), gauge_of(&gauges).room(300, None));
        assert!(earlier.room(300, None) < 1_024);
        let other = gauges.gauge(&HostName::new("other").unwrap(), &ModelName::new("m").unwrap());
        assert_eq!(other.room(300, None), u32::MAX);
        gauge_of(&gauges).refused(&refused(4_000, None, Some(2_048)));
        assert!(earlier.room(300, None) > 1_024, "the latest counts");
    }

    #[test]
    fn figures_tell_what_is_left_for_the_reply() {
        let gauge = gauge();
        let left = |refused| gauge.left(&refused);
        assert_eq!(left(refused(6_000, Some(1_500), Some(1_800))), Some(284));
        assert_eq!(left(refused(6_000, Some(1_500), Some(1_505))), Some(0));
        assert_eq!(left(refused(6_000, Some(1_500), Some(1_400))), None);
        assert_eq!(left(refused(6_000, Some(1_500), Some(2_048))), None, "it was not that");
        assert_eq!(left(refused(3_000, None, Some(1_300))), Some(300), "as far as it is known");
        assert_eq!(left(refused(3_000, Some(1_000), None)), None);
    }
}
