use super::{
    adjusted::{Adjusted, Form},
    concessions::JsonForm,
};
use crate::{Limitation, Role};

/// What a request asks for that a host may refuse.
#[derive(Debug, Default)]
pub(super) struct Asked {
    things: Vec<Limitation>,
    stops: usize,
    /// Thought included.
    output_tokens: u32,
}

impl Asked {
    /// By this request, to which its protocol adds some.
    pub(super) fn by(
        request: &Adjusted,
        is_union: bool,
        added: &[Limitation],
        output_tokens: u32,
    ) -> Self {
        let Adjusted { messages, form, sampling, without, .. } = request;
        let json_form = without.json_form();
        let (has_schema, has_form) = match form {
            Form::Text => (false, false),
            Form::AnyJson => (false, true),
            Form::Schema(_) => (true, true),
        };
        let has_system = messages.iter().any(|message| message.role == Role::System);
        let repeats_role = messages.windows(2).any(|pair| pair[0].role == pair[1].role);
        let own = [
            (has_system || repeats_role, Limitation::SystemMessages),
            (has_schema && is_union && json_form == JsonForm::Given, Limitation::UnionSchemas),
            (has_schema && json_form < JsonForm::Plain, Limitation::SchemaDetails),
            (has_schema, Limitation::Schemas),
            (has_form, Limitation::ReplyFormats),
            (sampling.temperature.is_some(), Limitation::Temperature),
            (sampling.seed.is_some(), Limitation::Seed),
        ];
        let own = own.into_iter().filter(|(is_asked, _)| *is_asked).map(|(_, thing)| thing);
        let added = added.iter().copied().filter(|thing| !without.has(*thing));
        Self { things: own.chain(added).collect(), stops: sampling.stop.len(), output_tokens }
    }

    pub(super) fn includes(&self, limitation: Limitation) -> bool {
        match limitation {
            Limitation::StopTexts { max } => self.stops > max,
            Limitation::OutputTokens { max } => self.output_tokens > max,
            Limitation::SystemMessages
            | Limitation::Streaming
            | Limitation::StreamUsage
            | Limitation::UnionSchemas
            | Limitation::SchemaDetails
            | Limitation::StrictSchemas
            | Limitation::SomeSchemas
            | Limitation::Schemas
            | Limitation::ReplyFormats
            | Limitation::MaxTokens
            | Limitation::Temperature
            | Limitation::RepeatPenalty
            | Limitation::Seed
            | Limitation::ThinkingSwitch
            | Limitation::TruncateSwitch
            | Limitation::ShiftSwitch => self.things.contains(&limitation),
        }
    }

    /// Most tokens of the reply that were asked for, those of thought included.
    pub(super) const fn output_tokens(&self) -> u32 {
        self.output_tokens
    }

    /// Texts to stop at that were sent.
    pub(super) const fn stops(&self) -> usize {
        self.stops
    }
}
