use std::fmt;

use synod_domain::AgentId;

/// What the problems that were found prevent, as the last line of the doctor says.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// Whether the configuration has an error.
    pub(super) has_config_error: bool,
    /// Whether a model, or the demo model in its place, can take part in debates.
    pub(super) has_model: bool,
    /// The agents that cannot take part, and are used unless others are named.
    pub(super) needed_agents: Vec<AgentId>,
    /// The other agents that cannot take part.
    pub(super) other_agents: Vec<AgentId>,
    /// How many other problems hosts and models have.
    pub(super) host_problems: usize,
    pub(super) data: Vec<DataTrouble>,
}

/// What is wrong with the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataTrouble {
    /// Nothing can be kept in it.
    Unusable,
    /// Too little space is free for debates.
    LowSpace,
    /// The database is damaged beyond single debates.
    DamagedDatabase,
    /// Debates are damaged.
    DamagedDebates,
    /// The backups are late or cannot be seen.
    Backups,
}

impl Effect {
    /// Why no debate can run, unless the user names something else.
    fn obstacle(&self) -> Option<String> {
        if self.has_config_error || !self.has_model {
            return Some("no debate can run with this configuration and these hosts".to_owned());
        }
        if !self.needed_agents.is_empty() {
            return Some(format!(
                "no debate can run with the default participants, because {} cannot take part; name others \
                 with --agents, --moderator or --judge",
                agents_in_words(&self.needed_agents)
            ));
        }
        let or = "name another one with --data, or use --ephemeral";
        if self.data.contains(&DataTrouble::Unusable) {
            return Some(format!("debates cannot be kept in this data directory; {or}"));
        }
        self.data.contains(&DataTrouble::LowSpace).then(|| {
            format!("too little space is free for debates in this data directory; free some, {or}")
        })
    }

    /// What debates cannot use.
    fn of_hosts(&self) -> Option<String> {
        match (self.host_problems, self.other_agents.first()) {
            (0, None) => None,
            (0, Some(_)) => Some(format!(
                "{} cannot take part in debates; the others can",
                agents_in_words(&self.other_agents)
            )),
            (1.., None) => Some("debates can run, but not with anything marked `!!`".to_owned()),
            (1.., Some(agent)) => Some(format!(
                "debates can run, but not with anything marked `!!`, such as agent {agent}"
            )),
        }
    }

    /// What has to be done about the data, while debates can run.
    fn of_data(&self) -> Option<&'static str> {
        let has = |trouble| self.data.contains(&trouble);
        let backups = has(DataTrouble::Backups);
        if has(DataTrouble::DamagedDatabase) {
            Some(
                "the database is damaged, so that a backup should be restored before anything is added",
            )
        } else if has(DataTrouble::DamagedDebates) && backups {
            Some(
                "damaged debates are left out, no backup is made of them, and the backups are late",
            )
        } else if has(DataTrouble::DamagedDebates) {
            Some("damaged debates are left out, and no backup is made while they are there")
        } else if backups {
            Some("their backups need attention")
        } else {
            None
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(obstacle) = self.obstacle() {
            return f.write_str(&obstacle);
        }
        match (self.of_hosts(), self.of_data()) {
            (Some(hosts), None) => f.write_str(&hosts),
            (Some(hosts), Some(data)) => write!(f, "{hosts}; {data}"),
            (None, Some(data)) => write!(f, "debates can run; {data}"),
            (None, None) => f.write_str("debates can run"),
        }
    }
}

/// `agent ada`, or `the agents ada, bob`.
fn agents_in_words(agents: &[AgentId]) -> String {
    let agents: Vec<_> = agents.iter().map(AgentId::as_str).collect();
    match agents.as_slice() {
        [agent] => format!("agent {agent}"),
        [..] => format!("the agents {}", agents.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(names: &[&str]) -> Vec<AgentId> {
        names.iter().map(|name| AgentId::new(*name).expect("an id")).collect()
    }

    fn with_model() -> Effect {
        Effect { has_model: true, ..Effect::default() }
    }

    fn of_data(data: &[DataTrouble]) -> String {
        Effect { data: data.to_vec(), ..with_model() }.to_string()
    }

    #[test]
    fn what_prevents_all_debates_comes_first() {
        let none = "no debate can run with this configuration and these hosts";
        let data = vec![DataTrouble::DamagedDebates];
        assert_eq!(Effect { data, ..Effect::default() }.to_string(), none);
        assert_eq!(Effect { has_config_error: true, ..with_model() }.to_string(), none);
        let needed = Effect { needed_agents: agents(&["critic"]), ..with_model() }.to_string();
        assert!(
            needed.starts_with("no debate can run with the default participants, because agent")
        );
        assert!(of_data(&[DataTrouble::Unusable]).starts_with("debates cannot be kept in this"));
        let low = of_data(&[DataTrouble::LowSpace, DataTrouble::Backups]);
        assert!(low.starts_with("too little space is free for debates"), "{low}");
    }

    #[test]
    fn trouble_with_kept_data_is_no_trouble_with_hosts() {
        let damaged = of_data(&[DataTrouble::DamagedDebates]);
        assert!(damaged.starts_with("debates can run; damaged debates are left out"), "{damaged}");
        let late = of_data(&[DataTrouble::Backups]);
        assert_eq!(late, "debates can run; their backups need attention");
        let broken = of_data(&[DataTrouble::DamagedDatabase]);
        assert!(broken.contains("a backup should be restored"), "{broken}");
        for text in [damaged, late, broken] {
            assert!(!text.contains("marked"), "{text}");
        }
        let other_agents = agents(&["ada", "bob"]);
        let both = Effect { other_agents, data: vec![DataTrouble::Backups], ..with_model() };
        assert_eq!(
            both.to_string(),
            "the agents ada, bob cannot take part in debates; the others can; their backups need attention"
        );
    }
}
