use std::collections::BTreeSet;

use synod_agents::Registry;

/// Maximum characters of an id that is derived from a name.
const LONGEST: usize = 60;

/// Unique ids of agents.
pub(super) struct Ids {
    built_in: BTreeSet<String>,
    taken: BTreeSet<String>,
}

impl Ids {
    /// Makes ids that differ from those of these agents.
    pub(super) fn beside(known: &Registry) -> Self {
        let of = |registry: &Registry| registry.iter().map(|agent| agent.id.to_string()).collect();
        Self { built_in: of(&Registry::built_in()), taken: of(known) }
    }

    /// Derives a unique id from the name of an agent, with the reason if it has a number.
    pub(super) fn take(&mut self, name: &str) -> (String, Option<&'static str>) {
        let wanted = id_of(name);
        let clash = if self.built_in.contains(&wanted) {
            Some("a built-in agent has this name")
        } else if self.taken.contains(&wanted) {
            Some("another agent has this name")
        } else {
            None
        };
        let others = (2..).map(|number: u64| format!("{wanted}-{number}"));
        let free = std::iter::once(wanted.clone()).chain(others);
        let id = free.into_iter().find(|id| !self.taken.contains(id)).unwrap_or(wanted);
        self.taken.insert(id.clone());
        (id, clash)
    }
}

/// Derives an id from a name: lower-case letters, digits, `_`, and `-` for everything else.
pub(super) fn id_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words = lower.split(|c| !is_part(c)).filter(|word| !word.is_empty());
    let id: String = words.collect::<Vec<_>>().join("-").chars().take(LONGEST).collect();
    let id = id.trim_end_matches('-');
    if id.is_empty() { "agent".to_owned() } else { id.to_owned() }
}

/// Whether an id is derived from this name, with or without a number.
pub(super) fn is_id_of(name: &str, id: &str) -> bool {
    let Some(rest) = id.strip_prefix(&id_of(name)) else { return false };
    let number = rest.strip_prefix('-').map(str::parse::<u64>);
    rest.is_empty() || matches!(number, Some(Ok(_)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use synod_domain::AgentId;

    use super::*;

    proptest! {
        #[test]
        fn every_name_becomes_an_id_without_commas_and_spaces(name in "\\PC{0,90}") {
            let id = id_of(&name);
            prop_assert!(AgentId::new(&id).is_ok(), "{id:?}");
            prop_assert!(!id.contains([',', '"', '.']));
        }
    }

    #[test]
    fn ids_are_unique_and_differ_from_existing_ones() {
        let mut ids = Ids::beside(&Registry::built_in());
        let mut take = |name: &str| ids.take(name).0;
        assert_eq!(take("Tax Lawyer"), "tax-lawyer");
        assert_eq!(take("tax lawyer!"), "tax-lawyer-2");
        assert_eq!(take("Critic"), "critic-2");
        assert_eq!(take("…"), "agent");
    }
}
