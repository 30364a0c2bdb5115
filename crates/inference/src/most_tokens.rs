use crate::{
    Usage,
    refusal::{Adjusted, SentForm},
};

/// Tokens beside the messages that the template of a model, or its host, may put into a prompt.
const MOST_ADDED: u64 = 16_384;

/// Tokens of a reply that show no text, as its end and the marks of its parts, beside hidden thought.
const MOST_SILENT: u64 = 1_024;

/// The most tokens that a call can have cost: a token has at least one byte. A count above it is
/// none, since one of them would spoil all sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MostTokens {
    prompt: u64,
    output: u64,
}

impl MostTokens {
    /// Of a call of which nothing has arrived. `asked`: the output tokens that it allows, which a host
    /// may spend on thought that it does not show.
    pub(crate) fn of(request: &Adjusted, asked: u32) -> Self {
        let schema = match &request.form {
            SentForm::Text | SentForm::AnyJson => 0,
            SentForm::Schema(schema) => schema.get().len(),
        };
        let messages = request.messages.iter().map(|message| message.content.len());
        let bytes = messages.fold(schema, usize::saturating_add);
        Self { prompt: MOST_ADDED + bytes as u64, output: MOST_SILENT + u64::from(asked) }
    }

    /// These bytes of thought or reply have arrived.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.output = self.output.saturating_add(bytes as u64);
    }

    /// The counts that are possible.
    pub(crate) fn possible(self, usage: Usage) -> Usage {
        let up_to = |most: u64| move |count: &u32| u64::from(*count) <= most;
        Usage {
            prompt_tokens: usage.prompt_tokens.filter(up_to(self.prompt)),
            output_tokens: usage.output_tokens.filter(up_to(self.output)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_the_bytes_make_impossible_are_none() {
        let mut most = MostTokens { prompt: 20_000, output: 1_500 };
        most.add(500);
        let usage = |prompt_tokens, output_tokens| Usage { prompt_tokens, output_tokens };
        let credible = usage(Some(20_000), Some(2_000));
        assert_eq!(most.possible(credible), credible);
        assert_eq!(most.possible(usage(Some(20_001), Some(u32::MAX))), usage(None, None));
    }
}
