mod excerpt;
mod reminder;
mod reply_schema;
mod sampling;
mod sanitize;
mod task_prompt;
mod wording;

use synod_domain::{Brief, CallTask, Scale};
use synod_inference::{ChatRequest, Message, ReplyForm};

pub(crate) use excerpt::Excerpt;
pub use task_prompt::TextInput;
pub(crate) use wording::Wording;

/// The request for a brief.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    pub(crate) request: ChatRequest,
    /// The beginning of the reply, for a model that continues it.
    pub(crate) begun: Option<String>,
    /// The kind of the reply.
    pub(crate) reply_kind: ReplyKind,
}

/// The kind of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyKind {
    /// A statement as plain text.
    Statement,
    /// An opening as a JSON object with answer and statement.
    OpeningObject,
    /// A JSON object that the rules read.
    Object,
}

impl ReplyKind {
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
    /// Renders the prompt for a brief with an excerpt of its transcript, in the wording of a scale, for a
    /// reply of at most `most_tokens`.
    pub(crate) fn prompt(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        continues_reply: bool,
        most_tokens: u32,
    ) -> Result<Prompt, minijinja::Error> {
        let reply_kind = ReplyKind::of(&brief.task, scale);
        let begun = match (reply_kind, scale) {
            (ReplyKind::Statement, Scale::Tiny) if continues_reply => Some(self.begun(brief)?),
            (ReplyKind::Statement | ReplyKind::OpeningObject | ReplyKind::Object, _) => None,
        };
        let mut messages = vec![
            Message::system(self.system(brief)),
            Message::user(self.user(brief, excerpt, scale, most_tokens)?),
        ];
        messages.extend(begun.clone().map(Message::assistant));
        let form = match reply_schema::of(brief, excerpt, reply_kind, scale) {
            Some(schema) => ReplyForm::json(&schema),
            None => ReplyForm::Text,
        };
        let request = ChatRequest::new(messages)
            .with_form(form)
            .with_sampling(sampling::of(brief.seed, reply_kind, scale, most_tokens))
            .with_time_limit(brief.time_limit);
        Ok(Prompt { request, begun, reply_kind })
    }
}

impl Prompt {
    /// Returns the bytes of all messages.
    pub(crate) fn length(&self) -> usize {
        self.request.messages.iter().map(|message| message.content.len()).sum()
    }
}
