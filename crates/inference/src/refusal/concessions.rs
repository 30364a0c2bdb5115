use std::collections::BTreeMap;

use super::{asked::Asked, reading::Subject};
use crate::Limitation;

/// Features that are left out of a request, and the other requests to which that applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Concessions(BTreeMap<Limitation, Scope>);

/// How JSON is asked for, from the surest form to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JsonForm {
    /// By the schema as it is.
    Given,
    /// By one with an object at its root.
    ObjectRoot,
    /// By one of the simplest kind.
    Plain,
    /// As any JSON, which the prompt describes.
    AnyJson,
    /// In the prompt alone.
    Prompt,
}

/// What a concession holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// All calls to the model.
    Model,
    /// Calls with schemas of the same shape.
    SchemaHash,
}

impl Concessions {
    pub(crate) fn has(&self, limitation: Limitation) -> bool {
        self.0.contains_key(&limitation)
    }

    pub(super) fn add(&mut self, limitation: Limitation, scope: Scope) {
        let held = self.0.entry(limitation).or_insert(scope);
        if scope == Scope::Model {
            *held = scope;
        }
    }

    pub(super) fn json_form(&self) -> JsonForm {
        if self.has(Limitation::ReplyFormats) {
            JsonForm::Prompt
        } else if self.has(Limitation::Schemas) {
            JsonForm::AnyJson
        } else if self.has(Limitation::SchemaDetails) {
            JsonForm::Plain
        } else if self.has(Limitation::UnionSchemas) {
            JsonForm::ObjectRoot
        } else {
            JsonForm::Given
        }
    }

    /// How many texts to stop at are sent.
    pub(super) fn most_stops(&self) -> usize {
        let limits = self.0.keys().filter_map(|limitation| {
            let Limitation::StopTexts { max } = limitation else { return None };
            Some(*max)
        });
        limits.min().unwrap_or(usize::MAX)
    }

    /// Most output tokens that may be asked for.
    pub(super) fn most_output(&self) -> u32 {
        let limits = self.0.keys().filter_map(|limitation| {
            let Limitation::OutputTokens { max } = limitation else { return None };
            Some(*max)
        });
        limits.min().unwrap_or(u32::MAX)
    }

    /// The next concession to a server that refuses this of what it was asked for, and what it holds
    /// for. `None`: it was made, and did not help.
    pub(super) fn next(
        &self,
        subject: Subject,
        is_union: bool,
        asked: &Asked,
    ) -> Option<(Limitation, Scope)> {
        let form = self.json_form();
        let weaker = match form {
            JsonForm::Given | JsonForm::ObjectRoot => Limitation::SchemaDetails,
            JsonForm::Plain => Limitation::Schemas,
            JsonForm::AnyJson | JsonForm::Prompt => Limitation::ReplyFormats,
        };
        let (limitation, scope) = match subject {
            Subject::UnionRoot if is_union && form == JsonForm::Given => {
                (Limitation::UnionSchemas, Scope::Model)
            }
            // Simpler schemas take nothing from those that need no simplifying.
            Subject::UnionRoot | Subject::SchemaDialect if form < JsonForm::Plain => {
                (weaker, Scope::Model)
            }
            Subject::UnionRoot | Subject::SchemaDialect => (weaker, Scope::SchemaHash),
            // Any JSON would be a grammar as well.
            Subject::Grammar if form >= JsonForm::Plain => {
                (Limitation::ReplyFormats, Scope::SchemaHash)
            }
            Subject::Grammar => (weaker, Scope::SchemaHash),
            Subject::Grammars => (Limitation::ReplyFormats, Scope::Model),
            Subject::JsonSchema if form < JsonForm::AnyJson => (Limitation::Schemas, Scope::Model),
            Subject::JsonSchema | Subject::ReplyFormat => {
                // Any JSON was asked for because of this schema alone: others may be understood.
                let scope = self.0.get(&Limitation::Schemas).copied().unwrap_or(Scope::Model);
                (Limitation::ReplyFormats, scope)
            }
            Subject::Stops(max) => {
                let max = max.filter(|max| *max < asked.stops()).unwrap_or_default();
                (Limitation::StopTexts { max }, Scope::Model)
            }
            Subject::OutputTokens(most) => {
                let asked = asked.output_tokens();
                let most = most.filter(|most| *most < asked).unwrap_or(asked / 2);
                (Limitation::OutputTokens { max: most.max(1) }, Scope::Model)
            }
            Subject::Roles => (Limitation::SystemMessages, Scope::Model),
            Subject::Streaming => (Limitation::Streaming, Scope::Model),
            Subject::StreamUsage => (Limitation::StreamUsage, Scope::Model),
            Subject::Strict => (Limitation::StrictSchemas, Scope::Model),
            Subject::MaxTokens => (Limitation::MaxTokens, Scope::Model),
            Subject::Temperature => (Limitation::Temperature, Scope::Model),
            Subject::RepeatPenalty => (Limitation::RepeatPenalty, Scope::Model),
            Subject::Seed => (Limitation::Seed, Scope::Model),
            Subject::Thinking => (Limitation::ThinkingSwitch, Scope::Model),
            Subject::Truncate => (Limitation::TruncateSwitch, Scope::Model),
            Subject::Shift => (Limitation::ShiftSwitch, Scope::Model),
        };
        (!self.has(limitation)).then_some((limitation, scope))
    }
}
