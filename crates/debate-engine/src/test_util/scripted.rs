use std::{fmt::Write, sync::Arc};

use futures_util::FutureExt;
use parking_lot::{Mutex, MutexGuard};
use synod_domain::{
    Brief, CallNo, CallTask, ModelName, ParticipantProfile, TranscriptEntry, answer_line,
};

use super::ScriptedTurn;
use crate::{Participant, Progress, ReplyFuture};

/// A participant that answers by a script and remembers what it was asked. Clones are the same one.
#[derive(Clone)]
pub struct ScriptedParticipant {
    script: Arc<dyn Fn(&Brief) -> ScriptedTurn + Send + Sync>,
    model: ModelName,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    asked: Vec<Brief>,
    dropped: Vec<CallNo>,
}

impl ScriptedParticipant {
    /// A participant in this seat with this script.
    pub fn new(
        profile: &ParticipantProfile,
        script: impl Fn(&Brief) -> ScriptedTurn + Send + Sync + 'static,
    ) -> Self {
        let (script, model) = (Arc::new(script), profile.model.clone());
        Self { script, model, heard: Arc::default() }
    }

    /// A participant that gives a [fitting] reply at once and stays with its answer.
    pub fn for_answer(profile: &ParticipantProfile, answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::new(profile, move |brief| ScriptedTurn::say(fitting(brief, &answer)))
    }

    /// What it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Brief> {
        self.heard().asked.clone()
    }

    /// The calls that were cancelled before it had ended them.
    #[must_use]
    pub fn dropped(&self) -> Vec<CallNo> {
        self.heard().dropped.clone()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock()
    }

    fn answer(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        let line = (self.script)(&brief);
        let call = Call { no: brief.call, participant: self.clone(), has_ended: false };
        self.heard().asked.push(brief);
        let model = self.model.clone();
        async move {
            let answer = line.perform(model, progress).await;
            call.end();
            answer
        }
        .boxed()
    }
}

/// Notes that it was dropped too soon.
struct Call {
    no: CallNo,
    participant: ScriptedParticipant,
    has_ended: bool,
}

impl Call {
    fn end(mut self) {
        self.has_ended = true;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.has_ended {
            self.participant.heard().dropped.push(self.no);
        }
    }
}

impl Participant for ScriptedParticipant {
    fn speak(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.answer(brief, progress)
    }

    fn ballot(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.answer(brief, progress)
    }

    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self.answer(brief, progress)
    }
}

/// A reply that any call accepts, of one who stays with its answer. As a moderator it gives the
/// floor to the first candidate; as the clerk it lists the answers of the openings.
#[must_use]
pub fn fitting(brief: &Brief, answer: &str) -> String {
    match &brief.task {
        CallTask::Opening { .. } => format!("Answer: {answer}\nThat is what I think."),
        CallTask::Argument { .. } => format!("In turn {} I still say {answer}.", brief.call.0),
        CallTask::ListOptions => format!(r#"{{"options":[{}]}}"#, answers_in(brief).join(",")),
        CallTask::ChooseMove { moves, .. } => {
            let first = moves.first().map(ToString::to_string).unwrap_or_default();
            format!(r#"{{"move":"{first}"}}"#)
        }
        CallTask::Vote(form) => {
            let mut ballot = format!(r#"{{"choice":{},"confidence":0.8"#, quoted(answer));
            if form.moved_by.is_some() {
                ballot.push_str(r#","moved_by":"none""#);
            }
            ballot + "}"
        }
        CallTask::Rule { .. } => format!(r#"{{"choice":{}}}"#, quoted(answer)),
    }
}

/// The answers of the openings, as JSON strings.
fn answers_in(brief: &Brief) -> Vec<String> {
    let openings = brief.transcript.iter().filter_map(|entry| match entry {
        TranscriptEntry::Statement { text, .. } => text.lines().find_map(answer_line),
        TranscriptEntry::Interjection { .. } => None,
    });
    openings.map(quoted).collect()
}

/// As a JSON string.
fn quoted(text: &str) -> String {
    let mut json = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            // Writing to a string cannot fail.
            c if c.is_control() => drop(write!(json, "\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json + "\""
}
