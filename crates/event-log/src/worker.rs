use std::{fmt, sync::Arc};

use uuid::Uuid;

/// A process that drives debates of a store.
///
/// It has one lease, which it [renews](crate::EventLog::renew) while it holds debates. It holds those that
/// it claimed as long as that lease lasts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    name: Arc<str>,
    incarnation: Uuid,
    takeover: Takeover,
}

/// Whether other workers take over the debates of a worker whose lease has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Takeover {
    /// They do, through [`take_over`](crate::EventLog::take_over).
    #[default]
    Automatic,
    /// Only a [`claim`](crate::EventLog::claim) that names the debate gets it.
    OnRequest,
}

impl Worker {
    /// Creates a worker with a new incarnation, whose debates others take over.
    ///
    /// A name is used by one running process of a store at a time. A process that keeps its name over a
    /// restart need not wait for the lease of its earlier incarnation to expire.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let (name, incarnation) = (name.into(), Uuid::now_v7());
        Self { name, incarnation, takeover: Takeover::Automatic }
    }

    /// Sets whether others take over its debates.
    #[must_use]
    pub fn with_takeover(self, takeover: Takeover) -> Self {
        Self { takeover, ..self }
    }

    /// The name, unique among the running processes of a store.
    #[must_use]
    pub const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The id of this start of the process.
    #[must_use]
    pub const fn incarnation(&self) -> &Uuid {
        &self.incarnation
    }

    /// Whether others take over its debates.
    #[must_use]
    pub const fn takeover(&self) -> Takeover {
        self.takeover
    }
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The result of [`renew`](crate::EventLog::renew).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// The lease had not expired.
    Continued,
    /// The lease had expired and begins anew. The worker holds no debate: others may have claimed those
    /// that it held.
    Restarted,
}
