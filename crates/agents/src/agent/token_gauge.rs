use std::sync::atomic::{AtomicUsize, Ordering};

/// How many tokens a prompt will have. Cautious at first; it learns from what the host counts.
#[derive(Debug)]
pub(super) struct TokenGauge {
    /// Characters of 100 tokens.
    chars_per_100: AtomicUsize,
}

/// What is told as an estimate where a host does not count: about right for English prose.
const USUAL_CHARS: usize = 4;

impl Default for TokenGauge {
    fn default() -> Self {
        Self { chars_per_100: AtomicUsize::new(300) }
    }
}

impl TokenGauge {
    /// Whether a prompt of so many characters and its reply fit a window.
    pub(super) fn fits(&self, chars: usize, reply_tokens: u32, window: Option<u32>) -> bool {
        let chars_per_100 = self.chars_per_100.load(Ordering::Relaxed);
        let tokens = chars.saturating_mul(100) / chars_per_100;
        window.is_none_or(|window| tokens.saturating_add(reply_tokens as usize) <= window as usize)
    }

    /// A host counted these tokens. A tenth is kept in reserve, for texts that are denser.
    pub(super) fn learn(&self, chars: usize, tokens: u32) {
        // Of a short prompt much is the chat template.
        if tokens >= 50 {
            let chars_per_100 = chars.saturating_mul(90) / tokens as usize;
            self.chars_per_100.store(chars_per_100.clamp(20, 600), Ordering::Relaxed);
        }
    }

    /// The tokens of a text that nobody counted.
    pub(super) fn guess(chars: usize) -> u32 {
        u32::try_from(chars.div_ceil(USUAL_CHARS)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_estimate_is_cautious_and_counts_make_it_better() {
        let gauge = TokenGauge::default();
        assert!(gauge.fits(900, 100, Some(400)));
        assert!(!gauge.fits(904, 100, Some(400)));
        assert!(gauge.fits(usize::MAX, u32::MAX, None));

        gauge.learn(1_000, 200);
        assert!(gauge.fits(1_350, 100, Some(400)));
        assert!(!gauge.fits(1_360, 100, Some(400)));
        gauge.learn(usize::MAX, 60);
        gauge.learn(0, u32::MAX);
        assert!(!gauge.fits(100, 0, Some(400)));
        assert!(gauge.fits(80, 0, Some(400)));
    }
}
