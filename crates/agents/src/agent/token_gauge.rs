use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use synod_inference::{HostName, ModelName};

/// Estimates the tokens of prompts, and the tokens that the window leaves for replies.
///
/// Each agent learns from the host's counts of its own prompts, because debates differ in language. Before
/// the first count, the estimate is cautious: the densest text of the model so far. A window stated in a
/// refusal applies to all agents on the model. Lengths are bytes of UTF-8: their number per token varies
/// less between languages than that of characters.
#[derive(Debug)]
pub(crate) struct TokenGauge {
    /// Bytes per 100 tokens, less a reserve of 10%; 0: nothing was counted yet.
    bytes_per_100: AtomicUsize,
    shared: Arc<Shared>,
}

/// The estimates that all agents on a model of a host share.
#[derive(Debug, Default)]
pub(crate) struct TokenGauges(Mutex<HashMap<(HostName, ModelName), Arc<Shared>>>);

#[derive(Debug)]
struct Shared {
    /// Bytes per 100 tokens in the densest texts so far.
    densest: AtomicUsize,
    /// Tokens of the window, as stated in a refusal of the host.
    window: AtomicU32,
}

/// The host counted far fewer tokens than the prompt must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortfall {
    pub(super) counted: u32,
    pub(super) expected: u32,
}

/// A refusal of a prompt that is too long for the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    /// Bytes of the prompt.
    pub(super) bytes: usize,
    /// The token limit of the reply.
    pub(super) most_tokens: u32,
    pub(super) prompt_tokens: Option<u32>,
    pub(super) window: Option<u32>,
}

/// Tokens by which a prompt may grow when it asks for a shorter reply.
const SPARE: u32 = 16;

/// Bytes per 100 tokens before the first count.
const CAUTIOUS: usize = 300;

/// Percentage of the counted bytes per token that estimates use.
const RESERVED: usize = 90;

impl Default for Shared {
    fn default() -> Self {
        Self { densest: AtomicUsize::new(CAUTIOUS), window: AtomicU32::new(u32::MAX) }
    }
}

impl TokenGauges {
    /// Returns a gauge for one agent on this model.
    pub(super) fn gauge(&self, host: &HostName, model: &ModelName) -> TokenGauge {
        let mut models = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = Arc::clone(models.entry((host.clone(), model.clone())).or_default());
        TokenGauge { bytes_per_100: AtomicUsize::new(0), shared }
    }
}

impl TokenGauge {
    /// Bytes per token where the host does not count: about right for English prose.
    pub(crate) const USUAL_BYTES: usize = 4;

    /// Returns the tokens that a prompt of this length in bytes leaves for its reply, by a cautious estimate.
    /// `window` is that of the model, if known.
    pub(super) fn room(&self, bytes: usize, window: Option<u32>) -> u32 {
        let Some(window) = self.window(window) else { return u32::MAX };
        let bytes_per_100 =
            self.counted().unwrap_or_else(|| self.shared.densest.load(Ordering::Relaxed));
        let tokens = bytes.saturating_mul(100).div_ceil(bytes_per_100);
        window.saturating_sub(u32::try_from(tokens).unwrap_or(u32::MAX))
    }

    /// Like [`room`](Self::room), without a reserve.
    pub(super) fn likely_room(&self, bytes: usize, window: Option<u32>) -> u32 {
        let Some(window) = self.window(window) else { return u32::MAX };
        let tokens = match self.counted() {
            Some(bytes_per_100) => bytes.saturating_mul(RESERVED) / bytes_per_100,
            None => bytes / Self::USUAL_BYTES,
        };
        window.saturating_sub(u32::try_from(tokens).unwrap_or(u32::MAX))
    }

    /// Returns the effective window: the smaller of the model's and the one stated in a refusal.
    pub(super) fn window(&self, of_info: Option<u32>) -> Option<u32> {
        let stated = Some(self.shared.window.load(Ordering::Relaxed));
        of_info.into_iter().chain(stated.filter(|stated| *stated < u32::MAX)).min()
    }

    /// Learns from a count of the host. A denser text takes effect at once, a lighter one gradually. A count
    /// that is far too small is ignored: the host has truncated the prompt.
    pub(super) fn learn(&self, bytes: usize, tokens: u32) -> Result<(), Shortfall> {
        // A large part of a short prompt is the chat template.
        if tokens >= 50 || bytes >= 100 * Self::USUAL_BYTES {
            let expected = match self.counted() {
                // Without the reserve.
                Some(counted) => bytes.saturating_mul(RESERVED) / counted,
                // No tokenizer reaches 8 bytes per token on average.
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
            // The latest applies: a restarted server may have another window.
            self.shared.window.store(window, Ordering::Relaxed);
        }
    }

    /// Returns the tokens that are left for the reply to a refused prompt. `None`: the prompt itself does not
    /// fit, or the refusal does not say.
    pub(super) fn left(&self, refused: &Refused) -> Option<u32> {
        let left = match (refused.prompt_tokens, refused.window) {
            // The prompt for a shorter reply has another length.
            (Some(tokens), Some(window)) => window.checked_sub(tokens)?.saturating_sub(SPARE),
            (None, Some(window)) => self.room(refused.bytes, Some(window)),
            (_, None) => return None,
        };
        Some(left).filter(|left| *left < refused.most_tokens)
    }

    /// Estimates the tokens of a text that no host counted.
    pub(crate) fn guess(bytes: usize) -> u32 {
        u32::try_from(bytes.div_ceil(Self::USUAL_BYTES)).unwrap_or(u32::MAX)
    }

    fn adopt(&self, bytes: usize, tokens: u32) {
        let seen = (bytes.saturating_mul(RESERVED) / tokens as usize).clamp(20, 600);
        let bytes_per_100 = match self.counted() {
            Some(counted) if counted < seen => counted + (seen - counted).div_ceil(4),
            Some(_) | None => seen,
        };
        self.bytes_per_100.store(bytes_per_100, Ordering::Relaxed);
        self.shared.densest.fetch_min(bytes_per_100, Ordering::Relaxed);
    }

    fn counted(&self) -> Option<usize> {
        Some(self.bytes_per_100.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
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
    fn dense_texts_lower_the_estimates_of_other_agents() {
        let gauges = TokenGauges::default();
        gauge_of(&gauges).learn(2_000, 1_000).unwrap();
        assert_eq!(gauge_of(&gauges).room(1_800, Some(1_100)), 100);
        gauge_of(&gauges).learn(6_000, 1_000).unwrap();
        assert_eq!(gauge_of(&gauges).room(1_800, Some(1_100)), 100, "a light text has no effect");
    }

    #[test]
    fn estimates_are_cautious_until_the_host_counts() {
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
    fn denser_text_takes_effect_at_once_and_lighter_gradually() {
        let gauge = gauge();
        gauge.learn(4_000, 1_000).unwrap();
        gauge.learn(2_000, 1_000).unwrap();
        assert_eq!(gauge.room(1_800, Some(1_000)), 0);
        gauge.learn(2_800, 1_000).unwrap();
        assert_eq!(gauge.room(1_980, Some(1_000)), 0);
    }

    #[test]
    fn counts_of_truncated_prompts_are_reported_and_ignored() {
        let gauge = gauge();
        assert!(gauge.learn(usize::MAX, 60).is_err(), "no text has so few tokens");
        assert_eq!(gauge.counted(), None);
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
    fn windows_stated_in_refusals_are_used() {
        let gauge = gauge();
        gauge.refused(&refused(10_000, Some(2_500), Some(2_048)));
        assert_eq!(gauge.room(3_600, Some(4_096)), 1_048);
        assert_eq!(gauge.room(3_600, None), 1_048);
        gauge.refused(&refused(0, Some(u32::MAX), Some(0)));
        assert_eq!(gauge.room(100, None), 1_548, "absurd counts are bounded");
    }

    #[test]
    fn stated_windows_apply_to_all_agents_on_the_model() {
        let gauges = TokenGauges::default();
        let earlier = gauge_of(&gauges);
        gauge_of(&gauges).refused(&refused(4_000, Some(1_000), Some(1_024)));
        assert_eq!(earlier.room(300, None), gauge_of(&gauges).room(300, None));
        assert!(earlier.room(300, None) < 1_024);
        let other = gauges.gauge(&HostName::new("other").unwrap(), &ModelName::new("m").unwrap());
        assert_eq!(other.room(300, None), u32::MAX);
        gauge_of(&gauges).refused(&refused(4_000, None, Some(2_048)));
        assert!(earlier.room(300, None) > 1_024, "the latest applies");
    }

    #[test]
    fn the_room_for_a_reply_follows_from_a_refusal() {
        let gauge = gauge();
        let left = |refused| gauge.left(&refused);
        assert_eq!(left(refused(6_000, Some(1_500), Some(1_800))), Some(284));
        assert_eq!(left(refused(6_000, Some(1_500), Some(1_505))), Some(0));
        assert_eq!(left(refused(6_000, Some(1_500), Some(1_400))), None);
        assert_eq!(
            left(refused(6_000, Some(1_500), Some(2_048))),
            None,
            "the window was not the reason"
        );
        assert_eq!(left(refused(3_000, None, Some(1_300))), Some(300), "estimated from the bytes");
        assert_eq!(left(refused(3_000, Some(1_000), None)), None);
    }
}
