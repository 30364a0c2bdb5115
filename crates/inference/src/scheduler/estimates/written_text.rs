/// Output of a model as it arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WrittenText {
    /// Pieces in which it was sent.
    pub(crate) pieces: u32,
    /// Bytes of its text.
    pub(crate) bytes: usize,
}

/// Bytes per token on average over a text, as long as all of its tokens were sent.
const FEWEST_BYTES: usize = 2;
const USUAL_BYTES: usize = 4;
const MOST_BYTES: usize = 8;

/// Tokens without text, as the end of a reply and the marks around a thought.
const SILENT_TOKENS: usize = 16;

impl WrittenText {
    /// A text in one piece.
    pub(crate) const fn piece(text: &str) -> Self {
        Self { pieces: 1, bytes: text.len() }
    }

    /// Both texts.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            pieces: self.pieces.saturating_add(other.pieces),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.pieces == 0
    }

    /// The tokens, where a piece has `per_piece` of them on average. Some servers send pieces of many tokens
    /// or of single letters: the length of the text shows that, and the tokens are estimated by it.
    pub(crate) fn tokens(self, per_piece: f64) -> u32 {
        self.by_pieces(per_piece).unwrap_or_else(|| number(self.bytes.div_ceil(USUAL_BYTES)))
    }

    /// The tokens that the text surely has.
    pub(crate) fn least_tokens(self, per_piece: f64) -> u32 {
        self.by_pieces(per_piece).unwrap_or_else(|| number(self.bytes / MOST_BYTES))
    }

    /// The tokens by the number of pieces; `None` if the text is too long or too short for that.
    fn by_pieces(self, per_piece: f64) -> Option<u32> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and the cast saturates"
        )]
        let tokens = (f64::from(self.pieces) * per_piece) as u32;
        let fits = self.bytes <= MOST_BYTES.saturating_mul(tokens as usize)
            && self.bytes >= FEWEST_BYTES.saturating_mul(tokens as usize);
        fits.then_some(tokens)
    }

    /// Whether `counted` tokens are too few for the text: the host leaves thought out of its count.
    pub(crate) fn has_more_than(self, counted: u32) -> bool {
        let pieces_are_tokens = self.bytes >= FEWEST_BYTES.saturating_mul(self.pieces as usize);
        let is_short = self.bytes > MOST_BYTES.saturating_mul(counted as usize);
        // About as many pieces as tokens: these tokens are long.
        let are_coarse = counted / 2 > self.pieces;
        (is_short && are_coarse) || (pieces_are_tokens && counted < self.pieces)
    }

    /// Whether `counted` tokens are too many for the text: the host hides thought that it counts.
    pub(crate) const fn has_fewer_than(self, counted: u32) -> bool {
        counted as usize > self.bytes.saturating_add(SILENT_TOKENS)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_count_as_tokens_while_their_text_allows_it() {
        let tokens = |pieces, bytes| WrittenText { pieces, bytes }.tokens(1.0);
        assert_eq!(tokens(100, 450), 100);
        assert_eq!(tokens(18, 3_600), 900, "pieces of fifty tokens");
        assert_eq!(tokens(400, 400), 100, "pieces of one letter");
        assert_eq!(tokens(0, 0), 0);
        assert_eq!(WrittenText { pieces: 100, bytes: 1_600 }.tokens(3.5), 350);
    }

    #[test]
    fn a_limit_counts_what_the_text_surely_has() {
        let least = |pieces, bytes| WrittenText { pieces, bytes }.least_tokens(1.0);
        assert_eq!((least(100, 450), least(8, 1_600), least(400, 400)), (100, 200, 50));
    }

    #[test]
    fn counts_that_the_text_contradicts_are_recognised() {
        let text = WrittenText { pieces: 18, bytes: 3_600 };
        assert!(!text.has_more_than(900) && !text.has_fewer_than(900));
        assert!(text.has_more_than(100), "without the thought");
        assert!(text.has_fewer_than(5_000), "with thought that was not sent");
        assert!(WrittenText { pieces: 80, bytes: 240 }.has_more_than(50));
        assert!(!WrittenText { pieces: 400, bytes: 400 }.has_more_than(100), "single letters");
        assert!(!WrittenText { pieces: 700, bytes: 7_000 }.has_more_than(705), "long tokens");
    }
}
