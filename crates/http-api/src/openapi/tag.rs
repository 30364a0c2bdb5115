use serde_json::{Value, json};

/// The subject of an operation. Clients are generated with a module or class for each tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Debates,
    Agents,
    Tasks,
    Models,
    System,
}

impl Tag {
    const ALL: [Self; 5] = [Self::Debates, Self::Agents, Self::Tasks, Self::Models, Self::System];

    /// Returns the tag of the operations of a path.
    pub(super) fn of(path: &str) -> Self {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        let mut segments = path.split('/').skip(1);
        match (segments.next(), path.rsplit('/').next()) {
            (_, Some("execute")) | (Some("tasks"), _) => Self::Tasks,
            (Some("debate" | "debates" | "schemas"), _) => Self::Debates,
            (Some("agents"), _) => Self::Agents,
            (Some("ollama" | "hosts"), _) => Self::Models,
            (Some(_) | None, _) => Self::System,
        }
    }

    /// The word in the document.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Debates => "debates",
            Self::Agents => "agents",
            Self::Tasks => "tasks",
            Self::Models => "models",
            Self::System => "system",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Debates => "Debates: open, control, watch and read them.",
            Self::Agents => "Agents: register, read, change and remove them.",
            Self::Tasks => "Tasks of agents outside of debates.",
            Self::Models => "The models of all hosts, and chats with them.",
            Self::System => "The state of the server.",
        }
    }

    /// All of them, as the document lists them.
    pub(super) fn list() -> Value {
        let all = Self::ALL.into_iter();
        all.map(|tag| json!({ "name": tag.word(), "description": tag.description() })).collect()
    }
}
