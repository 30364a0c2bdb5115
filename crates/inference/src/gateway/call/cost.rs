use crate::Usage;

/// What calls cost in tokens, read and written, which is what flows are charged with.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct Cost {
    /// Of the prompt, or of the texts to embed.
    pub(in crate::gateway) bytes: usize,
    /// Tokens that were asked for.
    pub(in crate::gateway) most_output: u32,
}

/// A token is at least a byte of text, but for those that a template adds, at most so many.
const TEMPLATE: u64 = 1_024;

const BYTES_PER_TOKEN: u64 = 4;

impl Cost {
    /// Of a call that has written so many pieces: hosts send tokens one by one.
    pub(in crate::gateway) fn so_far(self, pieces: u32) -> u64 {
        self.bytes().div_ceil(BYTES_PER_TOKEN) + u64::from(pieces)
    }

    /// Of a call that has ended: what the host counted, as far as that can be.
    pub(in crate::gateway) fn whole(self, usage: Usage, pieces: u32) -> u64 {
        let prompt = match usage.prompt_tokens {
            Some(tokens) => u64::from(tokens).min(self.bytes() + TEMPLATE),
            None => self.so_far(0),
        };
        let output = usage.output_tokens.unwrap_or(pieces).min(self.most_output.max(pieces));
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
    fn what_the_host_counted_is_charged_and_the_rest_is_guessed() {
        assert_eq!(COST.so_far(0), 101);
        assert_eq!(COST.so_far(7), 108);
        assert_eq!(COST.whole(counted(90, 250), 7), 340);
        assert_eq!(COST.whole(counted(None, 250), 7), 351);
        assert_eq!(COST.whole(counted(90, None), 7), 97);
    }

    #[test]
    fn nobody_is_charged_with_what_cannot_be() {
        assert_eq!(COST.whole(counted(u32::MAX, u32::MAX), 7), 401 + 1_024 + 300);
        let endless = Cost { bytes: usize::MAX, most_output: u32::MAX };
        assert!(endless.whole(counted(u32::MAX, u32::MAX), 7) < u64::MAX);
        assert!(endless.so_far(u32::MAX) < u64::MAX);
    }
}
