use parking_lot::Mutex;
use std::time::Duration;

use super::WrittenText;

/// How fast one model on one host reads and writes, as its calls have shown.
///
/// Exponential averages. Slower measurements weigh more than faster ones: a reply that ends too early is
/// shorter, one that ends too late is interrupted.
#[derive(Debug, Default)]
pub(crate) struct ThroughputEstimate(Mutex<Measured>);

#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    /// Seconds to the first output after a short prompt.
    request: Option<f64>,
    /// Seconds to the first output, per byte of a prompt that is not short.
    reading: Option<f64>,
    /// `reading` is from one call, which may have waited for a load that the host does not report.
    is_first_reading: bool,
    /// Seconds per token of output, of thought or reply.
    writing: Option<f64>,
    /// Tokens in a piece of output: some hosts send several at a time.
    per_piece: Option<f64>,
}

/// The first output after a shorter prompt, such as that of a trial, shows how long a request takes, not how
/// fast a prompt is read.
const LEAST_PROMPT_BYTES: usize = 1_000;

/// Fewer tokens show little of a speed.
const LEAST_TOKENS: u32 = 8;

/// The part of the clock that is planned with.
const PLANNED: f64 = 0.95;

/// The part of the tokens that it would write by its average speed.
const SURE: f64 = 0.9;

/// A piece with more tokens shows that not all were sent.
const MOST_PER_PIECE: f64 = 8.0;

const WEIGHT_OF_SLOWER: f64 = 0.5;
const WEIGHT_OF_FASTER: f64 = 0.2;

impl ThroughputEstimate {
    /// The first output came `time` after a prompt of `bytes` bytes was sent.
    pub(crate) fn read(&self, bytes: usize, time: Duration) {
        let measured = &mut *self.0.lock();
        if (1..LEAST_PROMPT_BYTES).contains(&bytes) {
            measured.request = Some(average(measured.request, time.as_secs_f64()));
        } else if bytes > 0 {
            let now = time.as_secs_f64() / number(bytes);
            let before =
                measured.reading.filter(|before| !measured.is_first_reading || now > *before);
            measured.is_first_reading = measured.reading.is_none();
            measured.reading = Some(average(before, now));
        }
    }

    /// `tokens` tokens came within `time`, the first at its beginning.
    pub(crate) fn wrote(&self, tokens: u32, time: Duration) {
        if tokens >= LEAST_TOKENS && !time.is_zero() {
            let seen = &mut self.0.lock().writing;
            *seen = Some(average(*seen, time.as_secs_f64() / f64::from(tokens - 1)));
        }
    }

    /// The host counted these tokens in an output, thought included.
    pub(crate) fn counted(&self, tokens: u32, output: WrittenText) {
        if output.pieces >= LEAST_TOKENS && !output.has_fewer_than(tokens) {
            let now = (f64::from(tokens) / f64::from(output.pieces)).max(1.0);
            if now <= MOST_PER_PIECE {
                let seen = &mut self.0.lock().per_piece;
                *seen = Some(average(*seen, now));
            }
        }
    }

    /// The tokens of an output that the host has not counted.
    pub(crate) fn tokens_in(&self, output: WrittenText) -> u32 {
        output.tokens(self.per_piece())
    }

    /// The tokens that such an output surely has.
    pub(crate) fn least_tokens_in(&self, output: WrittenText) -> u32 {
        output.least_tokens(self.per_piece())
    }

    fn per_piece(&self) -> f64 {
        self.0.lock().per_piece.unwrap_or(1.0)
    }

    /// The tokens of thought and reply that are written within `time` in reply to a prompt of `bytes`
    /// bytes, if a speed was measured.
    pub(crate) fn tokens_within(&self, bytes: usize, time: Duration) -> Option<u32> {
        let Measured { request, reading, writing, .. } = *self.0.lock();
        let reading = if bytes < LEAST_PROMPT_BYTES {
            request.unwrap_or_default()
        } else {
            reading.unwrap_or_default() * number(bytes)
        };
        let left = (time.as_secs_f64() * PLANNED - reading).max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and the cast saturates"
        )]
        writing.map(|writing| (left / writing * SURE) as u32)
    }
}

fn average(before: Option<f64>, now: f64) -> f64 {
    let Some(before) = before else { return now };
    let weight = if now > before { WEIGHT_OF_SLOWER } else { WEIGHT_OF_FASTER };
    before + weight * (now - before)
}

fn number(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_sized_by_what_was_seen() {
        let estimate = ThroughputEstimate::default();
        let ten = Duration::from_secs(10);
        assert_eq!(estimate.tokens_within(4_000, ten), None);
        estimate.wrote(101, Duration::from_secs(5));
        assert_eq!(
            estimate.tokens_within(4_000, ten),
            Some(171),
            "9.5 s at 20 a second, less a tenth"
        );
        estimate.read(2_000, Duration::from_secs(1));
        assert_eq!(estimate.tokens_within(4_000, ten), Some(135), "two seconds are for reading");
        assert_eq!(estimate.tokens_within(usize::MAX, ten), Some(0));
    }

    #[test]
    fn short_prompts_and_an_unreported_load_show_no_speed_of_reading() {
        let (minute, prompt) = (Duration::from_secs(60), 4_000);
        let estimate = ThroughputEstimate::default();
        estimate.wrote(101, Duration::from_secs(2));
        let without = estimate.tokens_within(prompt, minute);
        estimate.read(8, Duration::from_secs(5));
        assert_eq!(estimate.tokens_within(prompt, minute), without, "a trial of a few words");
        estimate.read(prompt, Duration::from_secs(30));
        assert_eq!(estimate.tokens_within(prompt, minute), Some(1_215));
        estimate.read(prompt, Duration::from_secs(1));
        assert_eq!(estimate.tokens_within(prompt, minute), Some(2_520), "the load is over");
        estimate.read(prompt, Duration::from_millis(500));
        assert_eq!(estimate.tokens_within(prompt, minute), Some(2_524), "a part was cached");
    }

    #[test]
    fn slower_calls_weigh_more_and_uninformative_ones_nothing() {
        let estimate = ThroughputEstimate::default();
        let second = Duration::from_secs(1);
        estimate.wrote(7, second);
        estimate.wrote(1_000, Duration::ZERO);
        estimate.read(0, second);
        assert_eq!(estimate.tokens_within(0, second), None);
        estimate.wrote(101, second);
        estimate.wrote(11, second);
        assert_eq!(estimate.tokens_within(0, second), Some(15), "0.055 s a token");
        estimate.wrote(101, second);
        assert_eq!(estimate.tokens_within(0, second), Some(18), "0.046 s a token");
    }
}
