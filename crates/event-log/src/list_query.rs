use synod_domain::DebateId;

/// The debates to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Those in these states.
    pub which: Which,
    /// Those whose topic contains this text, in any case.
    pub topic: Option<String>,
    /// Those with this id or a later one.
    pub from: Option<DebateId>,
    /// Those with an earlier id than this.
    pub before: Option<DebateId>,
}

/// A filter by the state of a debate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Which {
    /// All debates.
    #[default]
    All,
    /// Debates without a verdict.
    Unfinished,
    /// Debates with a verdict.
    Finished,
}

impl ListQuery {
    /// Lists debates in these states.
    #[must_use]
    pub fn of(which: Which) -> Self {
        Self { which, ..Self::default() }
    }

    /// Lists the debates with an earlier id.
    #[must_use]
    pub fn before(self, id: Option<DebateId>) -> Self {
        Self { before: id, ..self }
    }
}

impl Which {
    /// Whether it includes a debate with or without a verdict.
    #[must_use]
    pub const fn includes(self, is_finished: bool) -> bool {
        match self {
            Self::All => true,
            Self::Unfinished => !is_finished,
            Self::Finished => is_finished,
        }
    }
}
