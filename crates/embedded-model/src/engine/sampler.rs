use llama_cpp_2::{
    GrammarError, LlamaCppError, SamplerAcceptError,
    context::LlamaContext,
    json_schema_to_grammar,
    model::LlamaModel,
    sampling::LlamaSampler,
    token::{LlamaToken, data::LlamaTokenData, data_array::LlamaTokenDataArray},
};
use synod_inference::{ReplyForm, Sampling};
use thiserror::Error;

/// The default temperature.
const TEMPERATURE: f32 = 0.6;
/// The default repeat penalty.
const REPEAT_PENALTY: f32 = 1.1;
/// The number of last tokens that a repeat penalty applies to, including the end of the prompt.
const PENALTY_REACH: usize = 64;
/// The maximum number of candidates, and their minimum share of the probability.
const TOP_K: i32 = 40;
const TOP_P: f32 = 0.9;
/// The seed that llama.cpp replaces by a random one, for calls without a seed.
const ANY_SEED: u32 = u32::MAX;

/// Errors returned when a sampler is built.
#[derive(Debug, Error)]
pub(super) enum SamplerError {
    #[error("the {0} must be a number of 0 or more")]
    NoNumber(&'static str),
    #[error("llama.cpp does not support the JSON Schema")]
    Schema(#[source] LlamaCppError),
    #[error("the grammar of the JSON Schema is too large: lower its lengths and counts")]
    Grammar(#[source] GrammarError),
}

/// Samples the tokens of one reply.
pub(super) struct Sampler {
    chain: LlamaSampler,
    grammar: Option<LlamaSampler>,
}

impl Sampler {
    pub(super) fn new(
        model: &LlamaModel,
        sampling: &Sampling,
        form: &ReplyForm,
        prompt: &[LlamaToken],
    ) -> Result<Self, SamplerError> {
        let grammar = match form {
            ReplyForm::Text => None,
            ReplyForm::Json(schema) => {
                let grammar =
                    json_schema_to_grammar(&schema.to_string()).map_err(SamplerError::Schema)?;
                Some(
                    LlamaSampler::grammar(model, &grammar, "root")
                        .map_err(SamplerError::Grammar)?,
                )
            }
        };
        let recent = &prompt[prompt.len().saturating_sub(PENALTY_REACH)..];
        let chain = LlamaSampler::chain(stages(model, sampling)?, true).with_tokens(recent);
        Ok(Self { chain, grammar })
    }

    /// Samples the token that follows the one at this index of the last batch.
    ///
    /// A grammar is costly on the whole vocabulary, so the first sample is unconstrained. Only if the
    /// grammar refuses the token, another is sampled from those that it allows.
    pub(super) fn draw(
        &mut self,
        context: &LlamaContext<'_>,
        place: i32,
    ) -> Result<LlamaToken, SamplerAcceptError> {
        let mut token = self.chosen(context.token_data_array_ith(place));
        if let Some(grammar) = &mut self.grammar {
            let mut alone =
                LlamaTokenDataArray::new(vec![LlamaTokenData::new(token, 0.0, 0.0)], false);
            grammar.apply(&mut alone);
            let allowed = alone.data.first().is_some_and(|data| data.logit().is_finite());
            if !allowed {
                let mut candidates = context.token_data_array_ith(place);
                grammar.apply(&mut candidates);
                token = self.chosen(candidates);
            }
        }
        if let Some(grammar) = &mut self.grammar {
            grammar.try_accept(token)?;
        }
        self.chain.try_accept(token)?;
        Ok(token)
    }

    fn chosen(&mut self, mut candidates: LlamaTokenDataArray) -> LlamaToken {
        self.chain.apply(&mut candidates);
        candidates.selected_token().expect("the last stage of the chain selects")
    }
}

fn stages(model: &LlamaModel, sampling: &Sampling) -> Result<Vec<LlamaSampler>, SamplerError> {
    let number = |value: Option<f32>, default: f32, name| {
        let value = value.unwrap_or(default);
        if value >= 0.0 && value.is_finite() {
            Ok(value)
        } else {
            Err(SamplerError::NoNumber(name))
        }
    };
    let temperature = number(sampling.temperature, TEMPERATURE, "temperature")?;
    let penalty = number(sampling.repeat_penalty, REPEAT_PENALTY, "repeat penalty")?;

    let mut stages = Vec::new();
    // A penalty of 0 would divide by zero; like 1 it means no penalty.
    if penalty > 0.0 {
        let reach = i32::try_from(PENALTY_REACH).expect("a small constant");
        stages.push(LlamaSampler::penalties(model.n_vocab(), reach, penalty, 0.0, 0.0));
    }
    if temperature > 0.0 {
        let seed = sampling.seed.map_or(ANY_SEED, |seed| seed.min(ANY_SEED - 1));
        stages.extend([
            LlamaSampler::top_k(TOP_K),
            LlamaSampler::top_p(TOP_P, 1),
            LlamaSampler::temp(temperature),
            LlamaSampler::dist(seed),
        ]);
    } else {
        stages.push(LlamaSampler::greedy());
    }
    Ok(stages)
}
