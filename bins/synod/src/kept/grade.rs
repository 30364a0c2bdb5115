use serde::{Deserialize, Serialize};

/// What a user later says about a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Grade {
    /// The answer proved right.
    Right,
    /// The answer proved wrong.
    Wrong,
    /// It is not known.
    Unclear,
}

/// The document of a grade.
#[derive(Serialize, Deserialize)]
struct Document {
    grade: Grade,
}

impl Grade {
    /// The kind of its documents; their keys are the ids of debates.
    pub(crate) const KIND: &str = "grade";

    /// The word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Unclear => "unclear",
        }
    }

    /// The grade of this word.
    pub(crate) fn named(word: &str) -> Option<Self> {
        [Self::Right, Self::Wrong, Self::Unclear].into_iter().find(|grade| grade.as_str() == word)
    }

    /// Reads the document of a grade.
    ///
    /// # Errors
    /// If it is not one.
    pub(crate) fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<Document>(json).map(|document| document.grade)
    }

    /// The document of a grade.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub(crate) fn document(self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Document { grade: self })
    }
}
