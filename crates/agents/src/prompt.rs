mod excerpt;
mod reminder;
mod reply_schema;
mod sampling;
mod sanitize;
mod text_input;
mod wording;

use synod_domain::{Brief, CallTask, Scale};
use synod_inference::{AdmissionClass, ChatRequest, Flow, Message, ReplyForm};

pub(crate) use excerpt::Excerpt;
pub(crate) use wording::Wording;

/// What a model is sent for a brief.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    pub(crate) request: ChatRequest,
    /// The beginning of the reply, which the model continues.
    pub(crate) begun: Option<String>,
    /// What the reply will be.
    pub(crate) expected: Expected,
}

/// What a reply will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A statement as plain text.
    Statement,
    /// An opening as a JSON object of answer and statement.
    OpeningObject,
    /// A JSON object for the rules to read.
    Object,
}

impl Expected {
    fn of(task: &CallTask, scale: Scale) -> Self {
        match (task, scale) {
            (CallTask::Opening { .. }, Scale::Small) => Self::OpeningObject,
            (CallTask::Opening { .. } | CallTask::Argument { .. }, _) => Self::Statement,
            (
                CallTask::ListOptions
                | CallTask::ChooseMove { .. }
                | CallTask::Vote(_)
                | CallTask::Rule { .. },
                _,
            ) => Self::Object,
        }
    }
}

impl Wording {
    /// The prompt for a brief, with this much of its transcript, in the wording of a scale, for a
    /// reply of at most so many tokens.
    pub(crate) fn prompt(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        continues_reply: bool,
        most_tokens: u32,
    ) -> Result<Prompt, minijinja::Error> {
        let expected = Expected::of(&brief.task, scale);
        let begun = match (expected, scale) {
            (Expected::Statement, Scale::Tiny) if continues_reply => Some(self.begun(brief)?),
            (Expected::Statement | Expected::OpeningObject | Expected::Object, _) => None,
        };
        let mut messages = vec![
            Message::system(self.system(brief)),
            Message::user(self.user(brief, excerpt, scale, most_tokens)?),
        ];
        messages.extend(begun.clone().map(Message::assistant));
        let form = match reply_schema::of(brief, excerpt, expected, scale) {
            Some(schema) => ReplyForm::json(&schema),
            None => ReplyForm::Text,
        };
        let request = ChatRequest {
            messages,
            form,
            sampling: sampling::of(brief.seed, expected, scale, most_tokens),
            class: AdmissionClass::Normal,
            flow: Flow::default(),
            time_limit: brief.time_limit,
            factory: None,
        };
        Ok(Prompt { request, begun, expected })
    }
}

impl Prompt {
    /// Bytes of all messages.
    pub(crate) fn length(&self) -> usize {
        self.request.messages.iter().map(|message| message.content.len()).sum()
    }
}
