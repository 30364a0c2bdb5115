use synod_debate_engine::{Participant, Progress, Reply, ReplyFuture};
use synod_domain::{Brief, CallTask, ModelName, TranscriptEntry};

/// Votes for one day in every round.
pub struct Advocate {
    pub day: &'static str,
    pub reason: &'static str,
}

impl Participant for Advocate {
    fn speak(&self, _: Brief, _: Progress) -> ReplyFuture {
        reply(format!("Answer: {}\nLet us take {}, since {}.", self.day, self.day, self.reason))
    }

    fn ballot(&self, _: Brief, _: Progress) -> ReplyFuture {
        reply(self.day.to_owned())
    }

    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.speak(brief, progress)
    }
}

/// Abstains until it has read other statements, and then follows the first.
pub struct Listener;

impl Participant for Listener {
    fn speak(&self, brief: Brief, _: Progress) -> ReplyFuture {
        reply(match first_statement(&brief) {
            Some((turn, _)) => format!("Statement {turn} has convinced me."),
            None => "I would like to hear you first.".to_owned(),
        })
    }

    fn ballot(&self, brief: Brief, _: Progress) -> ReplyFuture {
        let CallTask::Vote(form) = &brief.task else { return reply("abstain".to_owned()) };
        let statement = first_statement(&brief);
        let vote = statement.and_then(|(turn, text)| {
            let named = form.choices.iter().find(|option| text.contains(&*option.text))?;
            Some((turn, &named.text))
        });
        reply(match vote {
            Some((turn, day)) => {
                format!(r#"{{"choice": "{day}", "confidence": 0.7, "moved_by": "S{turn}"}}"#)
            }
            None => "abstain".to_owned(),
        })
    }

    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.speak(brief, progress)
    }
}

/// The first statement of another participant.
fn first_statement(brief: &Brief) -> Option<(u32, &str)> {
    brief.transcript.iter().find_map(|entry| match entry {
        TranscriptEntry::Statement { label, turn, text, .. } if Some(*label) != brief.label => {
            Some((turn.0, &**text))
        }
        TranscriptEntry::Statement { .. } | TranscriptEntry::Interjection { .. } => None,
    })
}

fn reply(text: String) -> ReplyFuture {
    Box::pin(async move {
        let model = ModelName::new("none").expect("a model's name");
        Ok(Reply::free(text, model))
    })
}
