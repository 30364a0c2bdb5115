use std::fmt;

use synod_domain::DebateId;

/// A part of a log that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Damage {
    /// The debate, if it is known.
    pub debate: Option<DebateId>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.debate {
            Some(id) if !self.what.contains(&id.to_string()) => {
                write!(f, "debate {id}: {}", self.what)
            }
            Some(_) | None => f.write_str(&self.what),
        }
    }
}
