use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use synod_domain::DebateId;

use crate::{LogError, RecordStore, TypedRecord, TypedRecords};

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

/// The grades of debates in a [`RecordStore`]. A grade that cannot be read counts as missing, with a warning.
#[derive(Clone, Debug)]
pub struct Grades(TypedRecords);

/// The document of a grade; its key is the id of the debate.
#[derive(Debug, Serialize, Deserialize)]
struct GradeRecord {
    grade: Grade,
}

impl TypedRecord for GradeRecord {
    const KIND: &'static str = "grade";
    const WAS_UNVERSIONED: bool = true;
}

impl Grades {
    /// Reads and writes the grades of this store.
    #[must_use]
    pub fn new(store: Arc<dyn RecordStore>) -> Self {
        Self(TypedRecords::new(store))
    }

    /// Grades a debate, in place of an earlier grade.
    ///
    /// # Errors
    /// As [`RecordStore::put`].
    pub async fn put(&self, id: DebateId, grade: Grade) -> Result<(), LogError> {
        self.0.put([(id.to_string(), GradeRecord { grade })]).await
    }

    /// Grades a debate, unless it has a grade, even one that another process gives it at the same time or that
    /// cannot be read. Returns whether it did.
    ///
    /// # Errors
    /// As [`RecordStore::swap`].
    pub async fn put_new(&self, id: DebateId, grade: Grade) -> Result<bool, LogError> {
        let unless_graded = |earlier: Option<GradeRecord>| async move {
            Ok(earlier.is_none().then_some(GradeRecord { grade }))
        };
        self.0.update_if(id.to_string(), unless_graded).await
    }

    /// Returns the grade of a debate, if it has one.
    ///
    /// # Errors
    /// As [`RecordStore::get`].
    pub async fn get(&self, id: DebateId) -> Result<Option<Grade>, LogError> {
        Ok(self.0.get(id.to_string()).await?.map(|GradeRecord { grade }| grade))
    }

    /// Returns the grades of all debates.
    ///
    /// # Errors
    /// As [`RecordStore::all`].
    pub async fn all(&self) -> Result<BTreeMap<DebateId, Grade>, LogError> {
        let records = self.0.all().await?.into_iter();
        let grade = |(key, GradeRecord { grade }): (String, _)| Some((key.parse().ok()?, grade));
        Ok(records.filter_map(grade).collect())
    }

    /// Removes the grade of a debate, if it has one.
    ///
    /// # Errors
    /// As [`RecordStore::remove`].
    pub async fn remove(&self, id: DebateId) -> Result<(), LogError> {
        self.0.remove::<GradeRecord>(id.to_string()).await
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Documents, MemoryRecords};

    #[tokio::test]
    async fn grades_have_a_version_and_are_read_without_one() {
        let store = Arc::new(MemoryRecords::default());
        let grades = Grades::new(Arc::clone(&store) as _);
        let [new, old, newer, torn] = [(); 4].map(|()| DebateId::from_uuid(Uuid::now_v7()));
        let documents = [
            (old, r#"{"grade":"wrong"}"#),
            (newer, r#"{"v":2,"body":{"grade":"half"}}"#),
            (torn, r#"{"grade":"wr"#),
        ];
        let documents: Documents =
            documents.map(|(id, json)| (id.to_string(), json.to_owned())).into();
        store.put("grade", documents).await.unwrap();
        grades.put(new, Grade::Right).await.unwrap();
        let written = store.get("grade", new.to_string()).await.unwrap().unwrap();
        assert_eq!(written, r#"{"v":1,"body":{"grade":"right"}}"#);
        let all = [(new, Grade::Right), (old, Grade::Wrong)];
        assert_eq!(grades.all().await.unwrap(), all.into());
        assert_eq!(grades.get(old).await.unwrap(), Some(Grade::Wrong));
        for unreadable in [newer, torn] {
            assert_eq!(grades.get(unreadable).await.unwrap(), None);
            assert!(!grades.put_new(unreadable, Grade::Unclear).await.unwrap());
        }
    }

    #[tokio::test]
    async fn a_first_grade_replaces_no_other() {
        let grades = Grades::new(Arc::new(MemoryRecords::default()));
        let id = DebateId::from_uuid(Uuid::now_v7());
        let (one, other) =
            tokio::join!(grades.put_new(id, Grade::Right), grades.put_new(id, Grade::Wrong));
        assert_eq!((one.unwrap(), other.unwrap()), (true, false));
        assert_eq!(grades.get(id).await.unwrap(), Some(Grade::Right));
    }
}
