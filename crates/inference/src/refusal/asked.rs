use crate::Limitation;

/// What a request asks for that a host may refuse.
#[derive(Debug, Default)]
pub(super) struct Asked {
    things: Vec<Limitation>,
    stops: usize,
    /// Thought included.
    output_tokens: u32,
}

impl Asked {
    pub(super) const fn new(things: Vec<Limitation>, stops: usize, output_tokens: u32) -> Self {
        Self { things, stops, output_tokens }
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
