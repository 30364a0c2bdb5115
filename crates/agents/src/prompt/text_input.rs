use minijinja::{Value, context};
use synod_domain::Persona;

use super::{Wording, sanitize};
use crate::{Operation, TextInput};

impl Wording {
    /// The system message of an agent outside of debates.
    pub(crate) fn character(&self, persona: &Persona) -> String {
        let (expertise, voice) =
            (sanitize::line(&persona.expertise), sanitize::line(&persona.voice));
        self.words("persona", context! { label => (), role => (), expertise, voice })
    }

    /// The user message of a task. A text to work on comes before the order, which is therefore
    /// the last that the model reads.
    pub(crate) fn writing(&self, operation: Operation, writing: &TextInput) -> String {
        let whole = |text: &Option<String>| text.as_deref().map(sanitize::whole);
        let values = context! {
            text => sanitize::whole(&writing.text),
            context => whole(&writing.context),
            question => whole(&writing.question),
            instructions => whole(&writing.instructions),
        };
        let order = self.words(operation.word(), values.clone());
        match operation {
            Operation::Analyze | Operation::Summarize | Operation::Critique => {
                format!("{}\n\n{order}", self.words("text", values))
            }
            Operation::Chat | Operation::Embed => order,
        }
    }

    fn words(&self, template: &str, values: Value) -> String {
        self.render(template, values).expect("a template of ours renders")
    }
}
