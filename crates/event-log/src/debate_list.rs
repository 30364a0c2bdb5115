use crate::{Damage, Summary};

/// Debates of a log, newest first, and those among them that cannot be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DebateList {
    /// The debates.
    pub debates: Vec<Summary>,
    /// What is damaged of the debates between them and, if these are all, after them. It does not count
    /// towards a limit.
    pub damage: Vec<Damage>,
}

impl From<Vec<Summary>> for DebateList {
    /// Debates none of which is damaged.
    fn from(debates: Vec<Summary>) -> Self {
        Self { debates, damage: Vec::new() }
    }
}
