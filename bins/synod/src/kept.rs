//! The debates in a data directory, as commands name and list them.

mod age;
mod debate_ref;
mod driver;
mod kept_debate;
mod short_ids;
mod shrunk;
mod speed;
mod status;

use std::{path::PathBuf, sync::Arc};

use synod_domain::{DebateId, Event, Initialized, PauseReason, Recorded};
use synod_event_log::{
    Damage, DebateList, EventLog, Grades, ListQuery, LogError, PAGE_SIZE, RecordStore, Summary,
    delete_debate, export::ExportedDebate,
};
use synod_event_log_sqlite::{SqliteStore, StoreError};
use synod_transcript::printable;

pub(crate) use age::age_in_words;
pub(crate) use debate_ref::DebateRef;
pub(crate) use driver::{driven_elsewhere, driver_in_words};
pub(crate) use kept_debate::KeptDebate;
pub(crate) use short_ids::ShortIds;
use shrunk::shrunk_in_words;
pub(crate) use speed::Speed;
pub(crate) use status::{KeptStatus, pause, verdict, votes, votes_in_words};

use crate::{
    CliError,
    config::LogTable,
    data_args::DataArgs,
    environment::Environment,
    output::say,
    store::{self, Store},
    view::cut,
};

/// How many candidates an error names.
const SHOWN_CANDIDATES: usize = 8;
/// How many damaged debates get a line.
const SHOWN_DAMAGE: usize = 5;
/// Columns of a question in a message.
const QUESTION_WIDTH: usize = 60;

/// The debates that a data directory keeps.
pub(crate) struct Kept {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) grades: Grades,
    records: Arc<dyn RecordStore>,
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
        let records: Arc<dyn RecordStore> = Arc::new(store.records());
        Self {
            log: Arc::new(store.events()),
            grades: Grades::new(Arc::clone(&records)),
            records,
            dir: store.dir().to_owned(),
            store: Some(store),
            data_flag: args.flag(),
        }
    }

    fn empty(dir: PathBuf, args: &DataArgs) -> Self {
        let Store { log, records, .. } = Store::in_memory();
        let grades = Grades::new(Arc::clone(&records));
        Self { log, grades, records, dir, store: None, data_flag: args.flag() }
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
    /// [`CliError::Usage`] if there is no such debate, or several, [`CliError::Failed`] if it is damaged.
    pub(crate) async fn find(&self, debate: &DebateRef) -> Result<Summary, CliError> {
        match self.find_even_damaged(debate).await? {
            KeptDebate::Readable(summary) => Ok(*summary),
            KeptDebate::Damaged { id, what } => {
                let damaged = self.damaged_in_words(&self.short_id(id).await?, &what);
                Err(CliError::Failed(match debate {
                    DebateRef::Last => {
                        format!("the newest {damaged}; {} names the others", self.command("list"))
                    }
                    DebateRef::Prefix(_) => damaged,
                }))
            }
        }
    }

    /// Returns the debate that the user names, even if it is damaged.
    ///
    /// # Errors
    /// [`CliError::Usage`] if there is no such debate, or several.
    pub(crate) async fn find_even_damaged(
        &self,
        debate: &DebateRef,
    ) -> Result<KeptDebate, CliError> {
        let query = debate.query();
        let list = self.log.list(&query, debate.candidates(SHOWN_CANDIDATES)).await?;
        let damaged = list.damage.into_iter().filter_map(damaged_debate);
        let readable = list.debates.into_iter().map(|s| KeptDebate::Readable(Box::new(s)));
        let mut found: Vec<_> = damaged.chain(readable).collect();
        found.sort_by_key(|debate| std::cmp::Reverse(debate.id()));
        found.truncate(debate.candidates(SHOWN_CANDIDATES));
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => match self.without_row(debate).await? {
                Some(damaged) => Ok(damaged),
                None => Err(CliError::Usage(self.missing(debate).await?)),
            },
            [_, _, ..] => {
                let ids: Vec<_> = found.iter().map(KeptDebate::id).collect();
                let short = ShortIds::among(&*self.log, &ids).await?;
                let shown = found.iter().take(SHOWN_CANDIDATES);
                let shown = shown.map(|d| format!("\n  {}  {}", short.get(d.id()), d.in_words()));
                let more = if found.len() > SHOWN_CANDIDATES { "\n  and more" } else { "" };
                Err(CliError::Usage(format!(
                    "`{debate}` is the beginning of several ids; add digits:{}{more}",
                    shown.collect::<String>()
                )))
            }
        }
    }

    /// A debate that is named by its whole id, and is in no list because only its events are left.
    async fn without_row(&self, debate: &DebateRef) -> Result<Option<KeptDebate>, CliError> {
        let Some(id) = debate.whole_id() else { return Ok(None) };
        match self.log.read(id, 1, 1).await {
            Err(LogError::Damaged(cause)) => match cause.downcast_ref() {
                Some(StoreError::Damaged { what, .. }) => {
                    Ok(Some(KeptDebate::Damaged { id, what: what.clone() }))
                }
                Some(_) | None => Err(LogError::Damaged(cause).into()),
            },
            Ok(_) | Err(_) => Ok(None),
        }
    }

    async fn missing(&self, debate: &DebateRef) -> Result<String, LogError> {
        if self.is_empty().await? {
            return Ok(self.none_in_words());
        }
        Ok(format!(
            "no debate has an id that begins with `{debate}`; {} shows the debates",
            self.command("list")
        ))
    }

    /// Whether there are no debates.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    pub(crate) async fn is_empty(&self) -> Result<bool, LogError> {
        let list = self.log.list(&ListQuery::default(), 1).await?;
        Ok(list.debates.is_empty() && list.damage.is_empty())
    }

    /// Returns the debates that the user names, each once.
    ///
    /// # Errors
    /// [`CliError::Usage`] if one is missing or ambiguous, [`CliError::Failed`] if one is damaged.
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

    /// Says that a debate is damaged, and what to do. `short` is its shortest name.
    pub(crate) fn damaged_in_words(&self, short: &str, what: &str) -> String {
        let delete = self.command(format_args!("delete {short}"));
        format!("debate {short} is damaged ({what}); restore a backup, or delete it with {delete}")
    }

    /// Says which debates a list leaves out because they are damaged, and what to do.
    pub(crate) async fn report_damage(&self, damage: &[Damage]) -> Result<(), CliError> {
        let ids: Vec<_> = damage.iter().filter_map(|damage| damage.debate).collect();
        let short = ShortIds::among(&*self.log, &ids).await?;
        for Damage { debate, what } in damage.iter().take(SHOWN_DAMAGE) {
            match debate {
                Some(id) => say(&self.damaged_in_words(&short.get(*id), what)),
                None => say(&format!("a debate is damaged ({what}); restore a backup")),
            }
        }
        if let Some(more) = damage.len().checked_sub(SHOWN_DAMAGE).filter(|more| *more > 0) {
            say(&format!("{more} more are damaged; {} lists them", self.command("verify")));
        }
        Ok(())
    }

    /// Returns the debates of a query that `accepts` accepts, newest first, at most `limit`, and the damaged
    /// ones among them.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn list(
        &self,
        query: ListQuery,
        limit: usize,
        accepts: impl Fn(&Summary) -> bool,
    ) -> Result<DebateList, CliError> {
        let accepted = |summary| Some(summary).filter(&accepts);
        let (debates, damage) = self.pick(query, limit, accepted).await?;
        Ok(DebateList { debates, damage })
    }

    /// Returns the ids of all debates, newest first, and the damaged ones among them.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn all_ids(&self) -> Result<(Vec<DebateId>, Vec<Damage>), CliError> {
        self.pick(ListQuery::default(), usize::MAX, |summary| Some(summary.id)).await
    }

    /// Returns what `picked` takes from the debates of a query, newest first, at most `limit`, and the damaged
    /// ones among them. A summary has up to 256 KiB of question and context, so that only one page of them is
    /// in memory.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn pick<T>(
        &self,
        mut query: ListQuery,
        limit: usize,
        picked: impl Fn(Summary) -> Option<T>,
    ) -> Result<(Vec<T>, Vec<Damage>), CliError> {
        let (mut found, mut damage) = (Vec::new(), Vec::new());
        loop {
            let page = self.log.list(&query, PAGE_SIZE).await?;
            let is_full = page.debates.len() == PAGE_SIZE;
            let last = page.debates.last().map(|last| last.id).filter(|_| is_full);
            found.extend(page.debates.into_iter().filter_map(&picked));
            damage.extend(page.damage);
            if found.len() >= limit || last.is_none() {
                found.truncate(limit);
                return Ok((found, damage));
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

    /// Gives the space of deleted debates back to the file system, and says what became of it.
    ///
    /// # Errors
    /// [`CliError::Log`].
    pub(crate) async fn shrink(&self) -> Result<Option<String>, CliError> {
        let Some(store) = &self.store else { return Ok(None) };
        Ok(shrunk_in_words(store.shrink().await?))
    }

    /// Deletes a debate, its grade and the links to it for good. `short` is its shortest name.
    ///
    /// # Errors
    /// [`CliError::Failed`] if a process has begun to drive it, [`CliError::Log`].
    pub(crate) async fn delete(&self, id: DebateId, short: &str) -> Result<(), CliError> {
        let deleted = delete_debate(&*self.log, &self.records, id).await;
        if let Err(LogError::Held { worker, .. }) = &deleted {
            return Err(CliError::Failed(format!(
                "debate {short} is driven by {}, and was not deleted; stop the debate there first",
                driver_in_words(worker)
            )));
        }
        Ok(deleted?)
    }
}

/// A debate that a list names as damaged.
fn damaged_debate(damage: Damage) -> Option<KeptDebate> {
    Some(KeptDebate::Damaged { id: damage.debate?, what: damage.what })
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
