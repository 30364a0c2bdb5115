use super::BYTES_PER_TOKEN;
use crate::Usage;

/// What calls cost in tokens, read and written, which is what flows are charged with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Of the prompt, or of the texts to embed.
    pub(crate) bytes: usize,
    /// Tokens that were asked for.
    pub(crate) most_output: u32,
}

/// The maximum of tokens that a chat template adds. Any other token is at least a byte of text.
const TEMPLATE: u64 = 1_024;

impl Cost {
    /// Of a call that has written about `written` tokens.
    pub(crate) fn so_far(self, written: u32) -> u64 {
        self.bytes().div_ceil(BYTES_PER_TOKEN) + u64::from(written)
    }

    /// Of a call that has ended: what the host counted, as far as that can be, and otherwise about
    /// `written` tokens of output.
    pub(crate) fn whole(self, usage: Usage, written: u32) -> u64 {
        let prompt = match usage.prompt_tokens {
            Some(tokens) => u64::from(tokens).min(self.bytes() + TEMPLATE),
            None => self.so_far(0),
        };
        let output = usage.output_tokens.unwrap_or(written).min(self.most_output.max(written));
        prompt + u64::from(output)
    }

    fn bytes(self) -> u64 {
        u64::try_from(self.bytes).unwrap_or(u64::MAX / 2).min(u64::MAX / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: Cost = Cost { bytes: 401, most_output: 300 };

    fn counted(prompt_tokens: impl Into<Option<u32>>, output: impl Into<Option<u32>>) -> Usage {
        Usage { prompt_tokens: prompt_tokens.into(), output_tokens: output.into() }
    }

    #[test]
    fn counted_tokens_are_charged_and_the_rest_estimated() {
        assert_eq!(COST.so_far(0), 101);
        assert_eq!(COST.so_far(7), 108);
        assert_eq!(COST.whole(counted(90, 250), 7), 340);
        assert_eq!(COST.whole(counted(None, 250), 7), 351);
        assert_eq!(COST.whole(counted(90, None), 7), 97);
    }

    #[test]
    fn impossible_token_counts_are_not_charged() {
        assert_eq!(COST.whole(counted(u32::MAX, u32::MAX), 7), 401 + 1_024 + 300);
        let endless = Cost { bytes: usize::MAX, most_output: u32::MAX };
        assert!(endless.whole(counted(u32::MAX, u32::MAX), 7) < u64::MAX);
        assert!(endless.so_far(u32::MAX) < u64::MAX);
    }
}
