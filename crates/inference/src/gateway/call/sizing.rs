use std::time::Duration;

use synod_domain::DebateLimits;

use super::Call;
use crate::{ChatRequest, ReplyForm, Sampling, Usage, gateway::thought::Plan};

/// How long a reply, and the thought before it, may be.
impl Call {
    /// The request for a reply that will have ended by itself before the clock ends it.
    pub(super) fn sized(&mut self, time: Duration) -> ChatRequest {
        let mut request = self.request.attempt();
        self.keep_to_output_limit(&mut request.sampling);
        let written = self.state.throughput.tokens_within(self.bytes, time);
        let (form, sampling) = (&request.form, &mut request.sampling);
        let plan = match self.earlier {
            None => self.plan_thought(form, sampling, written),
            Some(earlier) => {
                sampling.thinking.is_avoided = true;
                sampling.thinking.max_tokens = self.more_thought(sampling, earlier);
                Some(Plan { expected: 0, avoid: true })
            }
        };
        sampling.thinking.is_expected |= self.state.thought.is_seen() || self.earlier.is_some();
        if let Some(written) = written {
            let said = &mut sampling.max_output_tokens;
            let expected = plan.map_or(0, |plan| plan.expected);
            *said = written.saturating_sub(expected).max(form.least_tokens()).min(*said);
            if plan.is_some() {
                let thought = &mut sampling.thinking.max_tokens;
                *thought = written.saturating_sub(*said).min(*thought);
            }
        }
        if self.may_be_loading() {
            // The model may first be loaded in silence.
            request.time_limit = request.time_limit.saturating_add(self.load_limit());
        }
        request
    }

    /// Of the tokens that the host allows, those of the reply come first.
    fn keep_to_output_limit(&self, sampling: &mut Sampling) {
        if let Some(most) = self.model.max_output_tokens() {
            let (said, thinking) = (&mut sampling.max_output_tokens, &mut sampling.thinking);
            *said = most.min(*said);
            thinking.max_tokens = most.saturating_sub(*said).min(thinking.max_tokens);
        }
    }

    fn plan_thought(
        &self,
        form: &ReplyForm,
        sampling: &mut Sampling,
        written: Option<u32>,
    ) -> Option<Plan> {
        let most = sampling.thinking.max_tokens;
        let room = written.map_or(most, |all| all.saturating_sub(form.least_tokens()).min(most));
        let plan = self.state.thought.plan(form, self.model.usual_thinking(form), room)?;
        sampling.thinking.is_avoided |= plan.avoid;
        Some(plan)
    }

    /// Tokens of thought for a model that used up those it had: it may think although it is asked
    /// not to.
    fn more_thought(&self, sampling: &Sampling, earlier: Usage) -> u32 {
        let more = match self.model.max_output_tokens() {
            Some(most) => most.saturating_sub(sampling.max_output_tokens),
            None => u32::MAX,
        };
        let more = more.min(DebateLimits::MORE_THINKING_TOKENS);
        let prompt = earlier.prompt_tokens.zip(self.model.window());
        prompt.map_or(more, |(prompt, window)| {
            let room = window.saturating_sub(prompt).saturating_sub(sampling.max_output_tokens);
            room.min(more)
        })
    }

    /// There is time for a reply that was nothing but thought to be asked for once more.
    pub(super) fn has_time_again(&self) -> bool {
        let rest = self.time_limit.saturating_sub(self.stopwatch.clock());
        let written = self.state.throughput.tokens_within(0, rest);
        // A model that thinks all the same needs more than is left.
        let may_help = self.state.thought.avoiding_helps() || rest >= self.time_limit / 2;
        // A short object is better than none.
        let least = ReplyForm::Text.least_tokens();
        !rest.is_zero() && may_help && written.is_none_or(|tokens| tokens >= least)
    }
}
