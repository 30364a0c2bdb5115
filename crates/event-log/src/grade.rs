use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use synod_domain::DebateId;

use crate::{Documents, LogError, RecordStore};

/// What a user later says about a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The answer proved right.
    Right,
    /// The answer proved wrong.
    Wrong,
    /// It is not known.
    Unclear,
}

impl Grade {
    /// All grades.
    pub const ALL: [Self; 3] = [Self::Right, Self::Wrong, Self::Unclear];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Unclear => "unclear",
        }
    }

    /// The grade of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.as_str() == word)
    }
}

/// The grades of debates in a [`RecordStore`].
#[derive(Clone)]
pub struct Grades(Arc<dyn RecordStore>);

/// The kind of the documents; their keys are the ids of debates.
const KIND: &str = "grade";

/// The document of a grade.
#[derive(Serialize, Deserialize)]
struct Document {
    grade: Grade,
}

impl Grades {
    /// Reads and writes the grades of this store.
    #[must_use]
    pub fn new(store: Arc<dyn RecordStore>) -> Self {
        Self(store)
    }

    /// Grades a debate, in place of an earlier grade.
    ///
    /// # Errors
    /// As [`RecordStore::put`].
    pub async fn put(&self, id: DebateId, grade: Grade) -> Result<(), LogError> {
        let json = serde_json::to_string(&Document { grade });
        let json = json.map_err(|error| LogError::Unavailable { source: Arc::new(error) })?;
        self.0.put(KIND, Documents::from([(id.to_string(), json)])).await
    }

    /// Returns the grade of a debate, if it has one. A grade that cannot be read counts as missing, with a
    /// warning.
    ///
    /// # Errors
    /// As [`RecordStore::get`].
    pub async fn get(&self, id: DebateId) -> Result<Option<Grade>, LogError> {
        let key = id.to_string();
        let json = self.0.get(KIND, key.clone()).await?;
        Ok(json.and_then(|json| readable(&key, &json)))
    }

    /// Returns the grades of all debates.
    ///
    /// # Errors
    /// As [`RecordStore::all`].
    pub async fn all(&self) -> Result<BTreeMap<DebateId, Grade>, LogError> {
        let documents = self.0.all(KIND).await?;
        let grades = documents
            .iter()
            .filter_map(|(key, json)| Some((key.parse().ok()?, readable(key, json)?)));
        Ok(grades.collect())
    }

    /// Removes the grade of a debate, if it has one.
    ///
    /// # Errors
    /// As [`RecordStore::remove`].
    pub async fn remove(&self, id: DebateId) -> Result<(), LogError> {
        self.0.remove(KIND, id.to_string()).await
    }
}

fn readable(key: &str, json: &str) -> Option<Grade> {
    let document = serde_json::from_str::<Document>(json);
    let document = document.inspect_err(
        |error| tracing::warn!(debate.id = key, %error, "the grade of a debate cannot be read"),
    );
    Some(document.ok()?.grade)
}

impl std::fmt::Debug for Grades {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grades").finish_non_exhaustive()
    }
}
