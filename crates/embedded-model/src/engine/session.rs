use std::num::NonZeroU32;

use llama_cpp_2::{
    DecodeError, LlamaContextLoadError,
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend,
    llama_batch::{BatchAddError, LlamaBatch},
    model::{LlamaChatTemplate, LlamaModel},
    token::LlamaToken,
};
use synod_inference::{Completion, Phase, StopReason, Timings, Usage};
use thiserror::Error;
use tokio::time::Instant;

use super::{
    Setup,
    call::{Call, Halt},
    output::Output,
    prompt,
    prompt_cache::{CHUNK, reusable},
    sampler::Sampler,
    state::EngineState,
};

/// The only sequence in the context.
const SEQUENCE: i32 = 0;
/// The maximum number of bytes of one token, in any usual vocabulary.
const LONGEST_TOKEN: usize = 256;

/// A loaded model that serves calls one after another.
pub(super) struct Session<'m> {
    setup: &'m Setup,
    state: &'m EngineState,
    model: &'m LlamaModel,
    template: LlamaChatTemplate,
    context: LlamaContext<'m>,
    batch: LlamaBatch<'m>,
    /// The computed tokens of the prompt in the context.
    fed: Vec<LlamaToken>,
}

/// Inference failed.
#[derive(Debug, Error)]
#[error("inference failed")]
enum ComputeError {
    Decode(#[from] DecodeError),
    Batch(#[from] BatchAddError),
}

impl<'m> Session<'m> {
    pub(super) fn new(
        backend: &LlamaBackend,
        model: &'m LlamaModel,
        setup: &'m Setup,
        state: &'m EngineState,
    ) -> Result<Self, LlamaContextLoadError> {
        let threads = i32::try_from(setup.threads).unwrap_or(i32::MAX);
        let chunk = u32::try_from(CHUNK).expect("a small constant");
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(setup.window))
            .with_n_batch(chunk)
            .with_n_ubatch(chunk)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model.new_context(backend, params)?;
        let template = prompt::template(model);
        let batch = LlamaBatch::new(CHUNK, 1);
        Ok(Self { setup, state, model, template, context, batch, fed: Vec::new() })
    }

    /// Serves a call: sends all its events but the last, which is returned.
    pub(super) fn answer(&mut self, call: &Call, timings: Timings) -> Result<Completion, Halt> {
        let prompt = self.prompt(call)?;
        let sampling = &call.request.sampling;
        let sampler = Sampler::new(self.model, sampling, &call.request.form, &prompt)
            .map_err(|error| self.setup.errors.refused(error))?;

        call.phase(Phase::Prompting);
        let clock = Instant::now();
        let place = self.feed(&prompt, call)?;
        let mut output = Output::new(call);
        let (reason, written) = self.write(sampler, place, &mut output, call)?;
        let begun = output.finish();

        Ok(Completion {
            reason,
            usage: Usage { prompt_tokens: Some(count(prompt.len())), output_tokens: Some(written) },
            thought_tokens: None,
            timings: Timings {
                first_token_ms: begun.map(|begun| millis(begun - clock)),
                generation_ms: begun.map(|begun| millis(begun.elapsed())),
                ..timings
            },
        })
    }

    /// The tokens of the prompt, if prompt and reply fit the window.
    fn prompt(&self, call: &Call) -> Result<Vec<LlamaToken>, Halt> {
        let (errors, window) = (&self.setup.errors, self.setup.window);
        let messages = &call.request.messages;
        let bytes: usize = messages.iter().map(|message| message.content.len()).sum();
        if bytes > LONGEST_TOKEN * window as usize {
            return Err(errors.overflow(None, window).into());
        }
        let prompt = prompt::tokens(self.model, &self.template, messages)
            .map_err(|error| errors.refused(error))?;
        let limit = output_limit(call);
        if count(prompt.len()).saturating_add(limit) > window {
            return Err(errors.overflow(Some(count(prompt.len())), window).into());
        }
        Ok(prompt)
    }

    /// Computes the part of the prompt that is not cached. Returns the index of the last token.
    fn feed(&mut self, prompt: &[LlamaToken], call: &Call) -> Result<i32, Halt> {
        let kept = self.keep(reusable(&self.fed, prompt));
        self.state.reused(kept);
        let mut place = 0;
        for chunk in prompt[kept..].chunks(CHUNK) {
            if call.is_dropped() {
                return Err(Halt::Dropped);
            }
            place = self
                .compute(chunk, self.fed.len())
                .map_err(|error| self.setup.errors.failed(error, false))?;
            self.fed.extend_from_slice(chunk);
            self.state.fed(chunk.len());
        }
        Ok(place)
    }

    /// Removes all but the first tokens from the context. Returns how many are left.
    fn keep(&mut self, tokens: usize) -> usize {
        let from = Some(count(tokens));
        // Some architectures cannot remove a part.
        if self.context.kv_cache_seq_rm(SEQUENCE, from, None).is_err() {
            self.forget();
        }
        self.fed.truncate(tokens);
        self.fed.len()
    }

    fn forget(&mut self) {
        self.context.clear_kv_cache();
        self.fed.clear();
    }

    /// Generates the reply after the token at this index. Returns the number of its tokens.
    fn write(
        &mut self,
        mut sampler: Sampler,
        mut place: i32,
        output: &mut Output<'_>,
        call: &Call,
    ) -> Result<(StopReason, u32), Halt> {
        let errors = &self.setup.errors;
        let vocab = self.model.vocab();
        let limit = output_limit(call);
        for written in 1.. {
            if call.is_dropped() {
                return Err(Halt::Dropped);
            }
            let token = sampler
                .draw(&self.context, place)
                .map_err(|error| errors.failed(error, output.has_begun()))?;
            if vocab.is_eog(token) {
                return Ok((StopReason::Stop, written - 1));
            }
            self.state.written();
            if output.push(&vocab.token_to_piece(token, false, None)) {
                return Ok((StopReason::Stop, written));
            }
            if written == limit {
                break;
            }
            place = self
                .compute(&[token], self.fed.len() + written as usize - 1)
                .map_err(|error| errors.failed(error, output.has_begun()))?;
        }
        Ok((StopReason::Length, limit))
    }

    /// Computes tokens from a position on. Returns the index of the last one in the batch.
    fn compute(&mut self, tokens: &[LlamaToken], at: usize) -> Result<i32, ComputeError> {
        let outcome = self.try_compute(tokens, at);
        if outcome.is_err() {
            self.forget();
        }
        outcome
    }

    fn try_compute(&mut self, tokens: &[LlamaToken], at: usize) -> Result<i32, ComputeError> {
        self.batch.clear();
        let last = tokens.len() - 1;
        for (place, &token) in tokens.iter().enumerate() {
            self.batch.add(token, position(at + place), &[SEQUENCE], place == last)?;
        }
        self.context.decode(&mut self.batch)?;
        Ok(position(last))
    }
}

fn output_limit(call: &Call) -> u32 {
    call.request.sampling.max_output_tokens.max(1)
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// Converts a position, which has been checked against the window.
fn position(at: usize) -> i32 {
    i32::try_from(at).expect("a window has less than two thousand million tokens")
}

pub(super) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
