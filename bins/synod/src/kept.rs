//! The debates in a data directory, as commands name and list them.

mod age;
mod debate_ref;
mod driver;
mod moment;
mod short_ids;
mod speed;
mod status;

use std::{path::PathBuf, sync::Arc};

use synod_domain::{DebateId, Event, Initialized, PauseReason, Recorded};
use synod_event_log::{
    EventLog, Grades, ListQuery, LogError, PAGE_SIZE, Summary, export::ExportedDebate,
};
use synod_event_log_sqlite::SqliteStore;
use synod_transcript::printable;

pub(crate) use age::age_in_words;
pub(crate) use debate_ref::DebateRef;
pub(crate) use driver::driver_in_words;
pub(crate) use moment::Moment;
pub(crate) use short_ids::ShortIds;
pub(crate) use speed::Speed;
pub(crate) use status::{KeptStatus, pause, verdict, votes, votes_in_words};

use crate::{
    CliError,
    config::LogTable,
    data_args::DataArgs,
    environment::Environment,
    store::{self, Store},
    view::cut,
};

/// How many candidates an error names.
const SHOWN_CANDIDATES: usize = 8;
/// Columns of a question in a message.
const QUESTION_WIDTH: usize = 60;

/// The debates that a data directory keeps.
pub(crate) struct Kept {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) grades: Grades,
    pub(crate) dir: PathBuf,
    pub(crate) store: Option<SqliteStore>,
    /// The option that names the directory for another command.
    data_flag: String,
}

impl Kept {
    /// Opens the data directory of a command. A directory without a store keeps nothing yet, which is no
    /// error.
    ///
    /// # Errors
    /// [`CliError::Usage`], [`CliError::Store`].
    pub(crate) fn open(
        args: &DataArgs,
        config: &LogTable,
        environment: &Environment,
    ) -> Result<Self, CliError> {
        let dir = store::directory(args, config, environment)?;
        match Store::existing(args, config, environment) {
            Ok(store) => Ok(Self::of(store, &args.or_configured(config))),
            Err(CliError::Store(synod_event_log_sqlite::StoreOpenError::Missing { .. })) => {
                Ok(Self::empty(dir, &args.or_configured(config)))
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn of(store: SqliteStore, args: &DataArgs) -> Self {
        Self {
            log: Arc::new(store.events()),
            grades: Grades::new(Arc::new(store.records())),
            dir: store.dir().to_owned(),
            store: Some(store),
            data_flag: args.flag(),
        }
    }

    fn empty(dir: PathBuf, args: &DataArgs) -> Self {
        let Store { log, records, .. } = Store::in_memory();
        Self { log, grades: Grades::new(records), dir, store: None, data_flag: args.flag() }
    }

    /// A command on the same data directory, as a message quotes it, such as "`synod show last`".
    pub(crate) fn command(&self, words: impl std::fmt::Display) -> String {
        format!("`synod {words}{}`", self.data_flag)
    }

    /// Says that there is no debate, and what to do.
    pub(crate) fn none_in_words(&self) -> String {
        format!(
            "no debates are kept in {}; {} keeps the debates it runs",
            self.dir.display(),
            self.command("debate \"…\"")
        )
    }

    /// Returns the debate that the user names.
    ///
    /// # Errors
    /// [`CliError::Usage`] if there is no such debate, or several.
    pub(crate) async fn find(&self, debate: &DebateRef) -> Result<Summary, CliError> {
        let found = self.log.list(&debate.query(), debate.candidates(SHOWN_CANDIDATES)).await?;
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(CliError::Usage(self.missing(debate).await?)),
            [_, _, ..] => {
                let ids: Vec<_> = found.iter().map(|summary| summary.id).collect();
                let short = ShortIds::among(&*self.log, &ids).await?;
                let shown = found.iter().take(SHOWN_CANDIDATES);
                let shown =
                    shown.map(|s| format!("\n  {}  {}", short.get(s.id), short_question(s)));
                let more = if found.len() > SHOWN_CANDIDATES { "\n  and more" } else { "" };
                Err(CliError::Usage(format!(
                    "`{debate}` is the beginning of several ids; add digits:{}{more}",
                    shown.collect::<String>()
                )))
            }
        }
    }

    async fn missing(&self, debate: &DebateRef) -> Result<String, LogError> {
        if self.log.list(&ListQuery::default(), 1).await?.is_empty() {
            return Ok(self.none_in_words());
        }
        Ok(format!(
            "no debate has an id that begins with `{debate}`; {} shows the debates",
            self.command("list")
        ))
    }

    /// Returns the debates that the user names, each once.
    ///
    /// # Errors
    /// [`CliError::Usage`] if one is missing or ambiguous.
    pub(crate) async fn find_all(&self, debates: &[DebateRef]) -> Result<Vec<Summary>, CliError> {
        let mut found: Vec<Summary> = Vec::new();
        for debate in debates {
            let summary = self.find(debate).await?;
            if found.iter().all(|other| other.id != summary.id) {
                found.push(summary);
            }
        }
        Ok(found)
    }

    /// Returns the debates of a query that `accepts` accepts, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn list(
        &self,
        mut query: ListQuery,
        limit: usize,
        accepts: impl Fn(&Summary) -> bool,
    ) -> Result<Vec<Summary>, CliError> {
        let mut found = Vec::new();
        loop {
            let page = self.log.list(&query, PAGE_SIZE).await?;
            let last = page.last().map(|last| last.id).filter(|_| page.len() == PAGE_SIZE);
            found.extend(page.into_iter().filter(|summary| accepts(summary)));
            if found.len() >= limit || last.is_none() {
                found.truncate(limit);
                return Ok(found);
            }
            query = query.before(last);
        }
    }

    /// Reads all events of a debate.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn events(&self, id: DebateId) -> Result<Vec<Arc<Recorded>>, CliError> {
        let debate = ExportedDebate::read(&*self.log, id).await?;
        Ok(debate.events.into_iter().map(|(_, recorded)| recorded).collect())
    }

    /// The shortest name of a debate.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn short_id(&self, id: DebateId) -> Result<String, CliError> {
        Ok(ShortIds::among(&*self.log, &[id]).await?.get(id))
    }

    /// Says that a debate is unfinished and how to continue it, or how its verdict was graded.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn state_in_words(
        &self,
        summary: &Summary,
    ) -> Result<Option<String>, CliError> {
        let short = self.short_id(summary.id).await?;
        let resume = self.command(format_args!("resume {short}"));
        Ok(match KeptStatus::of(summary) {
            KeptStatus::Completed | KeptStatus::Stopped | KeptStatus::Failed => {
                let grade = self.grades.get(summary.id).await?;
                grade.map(|grade| format!("the verdict was graded {}", grade.as_str()))
            }
            KeptStatus::Running => {
                let driver = summary.worker.as_deref().map_or_else(String::new, driver_in_words);
                Some(format!("the debate is running ({driver})"))
            }
            KeptStatus::Interrupted => Some(format!(
                "the debate is unfinished, because its process has ended; {resume} continues it"
            )),
            KeptStatus::Paused => Some(match pause(summary) {
                Some(paused) if paused.reason == PauseReason::ModelChanged => format!(
                    "the debate is paused, because a model has changed; {} continues it with the \
                     models that are served now",
                    self.command(format_args!("resume {short} --accept-model-change"))
                ),
                Some(_) | None => format!("the debate is paused; {resume} continues it"),
            }),
            KeptStatus::Initialized => {
                Some(format!("the debate has not started; {resume} starts it"))
            }
        })
    }

    /// Deletes a debate and its grade for good.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn delete(&self, id: DebateId) -> Result<(), CliError> {
        // First, because a debate that is deleted cannot be named again if this process ends in between.
        self.grades.remove(id).await?;
        Ok(self.log.purge(id).await?)
    }
}

/// The first event of a debate, if this version can read it.
pub(crate) fn setup(summary: &Summary) -> Option<&Initialized> {
    if let Event::DebateInitialized(setup) = &summary.first.event { Some(setup) } else { None }
}

/// The question of a debate on one line.
pub(crate) fn question(summary: &Summary) -> String {
    let topic = setup(summary).map(|setup| setup.config.debate_topic.as_str());
    let words = printable(topic.unwrap_or_default());
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The question of a debate, short enough for a message.
pub(crate) fn short_question(summary: &Summary) -> String {
    cut(&question(summary), QUESTION_WIDTH)
}
