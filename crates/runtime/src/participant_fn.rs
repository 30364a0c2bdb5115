use futures_util::FutureExt;
use serde_json::json;
use synod_debate_engine::{Participant, Progress, Reply};
use synod_domain::{
    BallotForm, Brief, CallTask, ModelName, TranscriptEntry, answer_line, named_option,
};

/// Makes a participant of a function from a call to the text of its reply. The function is called for
/// statements, ballots, and the tasks of a clerk, moderator or judge alike; [`ParticipantCall::answer`] writes
/// the reply for each of them.
///
/// ```
/// use synod_runtime::participant_fn;
///
/// let bob = participant_fn(|call| async move { call.answer("Tabs", "One key is enough.") });
/// # drop(bob);
/// ```
pub fn participant_fn<F, R>(reply: F) -> impl Participant + 'static
where
    F: Fn(ParticipantCall) -> R + Send + Sync + 'static,
    R: Future<Output = String> + Send + 'static,
{
    move |brief: Brief, progress: Progress| {
        let text = reply(ParticipantCall { brief, progress });
        let model = ModelName::new("none").expect("a word is a valid name");
        async move { Ok(Reply::free(text.await, model)) }.boxed()
    }
}

/// A call to a participant.
#[derive(Clone)]
pub struct ParticipantCall {
    brief: Brief,
    progress: Progress,
}

impl ParticipantCall {
    /// Returns what is asked, with the question, the options and the transcript.
    #[must_use]
    pub const fn brief(&self) -> &Brief {
        &self.brief
    }

    /// Shows watchers a piece of a statement before it is complete.
    pub fn show(&self, text: impl Into<String>) {
        self.progress.delta(text);
    }

    /// Returns the text of a reply that is for this answer:
    ///
    /// * an opening that states the answer, then the reason,
    /// * an argument: the reason alone,
    /// * a vote for the option with this text, or the proposal of a new one if the ballot allows it,
    /// * as the judge, a ruling for the option with this text,
    /// * as the clerk of an open question, the answers of all openings,
    /// * as a moderator, the move with this name.
    #[must_use]
    pub fn answer(&self, answer: &str, reason: &str) -> String {
        match &self.brief.task {
            CallTask::Opening { .. } => format!("Answer: {answer}\n{reason}"),
            CallTask::Argument { .. } => reason.to_owned(),
            CallTask::Vote(form) if proposes(answer, form) => {
                json!({ "choice": "new", "new_option": answer }).to_string()
            }
            CallTask::Vote(_) | CallTask::Rule { .. } => json!({ "choice": answer }).to_string(),
            CallTask::ChooseMove { .. } => json!({ "move": answer }).to_string(),
            CallTask::ListOptions => json!({ "options": self.answers() }).to_string(),
        }
    }

    /// Returns the text of a ballot without a vote.
    #[must_use]
    pub fn abstain(&self) -> String {
        "abstain".to_owned()
    }

    /// The answers of the openings.
    fn answers(&self) -> Vec<&str> {
        self.brief.transcript.iter().filter_map(answer_of).collect()
    }
}

/// Returns the answer that an opening states.
fn answer_of(entry: &TranscriptEntry) -> Option<&str> {
    match entry {
        TranscriptEntry::Statement { round: 0, text, .. } => {
            text.lines().rev().find_map(answer_line)
        }
        TranscriptEntry::Statement { .. } | TranscriptEntry::Interjection { .. } => None,
    }
}

/// Whether a vote for this answer proposes a new option.
fn proposes(answer: &str, form: &BallotForm) -> bool {
    form.may_propose && !matches!(named_option(answer, &form.choices), Ok(Some(_)))
}

impl std::fmt::Debug for ParticipantCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParticipantCall").field("brief", &self.brief).finish_non_exhaustive()
    }
}
