use minijinja::{Value, context};
use synod_domain::Persona;

use super::{Wording, sanitize};
use crate::AgentOperation;

/// The input of an operation that produces text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextInput {
    /// The message, or the text to work on.
    pub text: String,
    /// Further instructions to the agent.
    pub instructions: Option<String>,
    /// Background that the agent should know.
    pub context: Option<String>,
    /// A question about the text.
    pub question: Option<String>,
    /// Sampling temperature; `None`: the model's default.
    pub temperature: Option<f32>,
    /// Maximum tokens of the reply; `None`: 2,048.
    pub max_tokens: Option<u32>,
}

impl Wording {
    /// Renders the system message of an agent outside of debates.
    pub(crate) fn character(&self, persona: &Persona) -> String {
        let (expertise, voice) =
            (sanitize::line(&persona.expertise), sanitize::line(&persona.voice));
        self.render_known("persona", context! { label => (), role => (), expertise, voice })
    }

    /// Renders the user message of a task. A text to work on comes before the instruction, so that the
    /// model reads the instruction last.
    pub(crate) fn task(&self, operation: AgentOperation, input: &TextInput) -> String {
        let whole = |text: &Option<String>| text.as_deref().map(sanitize::whole);
        let values = context! {
            text => sanitize::whole(&input.text),
            context => whole(&input.context),
            question => whole(&input.question),
            instructions => whole(&input.instructions),
        };
        let instruction = self.render_known(operation.word(), values.clone());
        match operation {
            AgentOperation::Analyze | AgentOperation::Summarize | AgentOperation::Critique => {
                format!("{}\n\n{instruction}", self.render_known("text", values))
            }
            AgentOperation::Chat | AgentOperation::Embed => instruction,
        }
    }

    fn render_known(&self, template: &str, values: Value) -> String {
        self.render(template, values).expect("the template and its values are part of this crate")
    }
}
