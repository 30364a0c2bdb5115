//! The lines of the log about pauses that no client asked for: nobody may be watching the debate.

use std::fmt::Display;

use synod_domain::{DebateId, PauseReason, Paused, enumeration};

/// Logs a pause that lasts until someone acts, with its cause and what to do.
pub(super) fn log(id: DebateId, paused: &Paused) {
    if let Some(text) = in_words(paused) {
        let (reason, detail) = (paused.reason, paused.detail.as_deref());
        tracing::warn!(debate.id = %id, ?reason, detail, "the debate is paused: {text}");
    }
}

fn in_words(paused: &Paused) -> Option<String> {
    Some(match paused.reason {
        PauseReason::Command => return None,
        PauseReason::Poison => {
            "the same call was lost with its process three times; resume the debate to make it \
                                once more, or stop the debate"
                .to_owned()
        }
        PauseReason::DiskFull => {
            "the store has no room left; free some disk space and resume the debate".to_owned()
        }
        PauseReason::HostsAway => format!(
            "{} served no calls; check the hosts and resume the debate",
            listed(&paused.hosts, "its hosts")
        ),
        PauseReason::HostsRefuse => format!(
            "{} refused its calls; check the API key and the account, and resume the debate",
            listed(&paused.hosts, "its hosts")
        ),
        PauseReason::ModelChanged => {
            let changed =
                paused.models.iter().map(|change| format!("{} on {}", change.model, change.host));
            format!(
                "{} changed; serve the earlier model, or resume the debate with `accept_model_change`",
                listed(changed, "a model")
            )
        }
    })
}

/// These names, or other words if there are none.
fn listed(names: impl IntoIterator<Item: Display>, none: &str) -> String {
    let names: Vec<_> = names.into_iter().map(|name| name.to_string()).collect();
    if names.is_empty() { none.to_owned() } else { enumeration(&names) }
}

#[cfg(test)]
mod tests {
    use synod_domain::{HostName, PausePolicy};

    use super::*;

    #[test]
    fn every_pause_but_that_of_a_client_says_what_to_do() {
        let paused = |reason| Paused::of(PausePolicy::Drain, reason);
        assert_eq!(in_words(&paused(PauseReason::Command)), None);
        for reason in [
            PauseReason::Poison,
            PauseReason::DiskFull,
            PauseReason::HostsAway,
            PauseReason::HostsRefuse,
            PauseReason::ModelChanged,
        ] {
            let text = in_words(&paused(reason)).expect("a text");
            assert!(text.contains("resume the debate"), "{text}");
        }
        let hosts = ["desk", "gpu"].map(|name| HostName::new(name).expect("a name")).into();
        let away = Paused { hosts, ..paused(PauseReason::HostsAway) };
        let text = in_words(&away).expect("a text");
        assert!(text.starts_with("desk and gpu served no calls;"), "{text}");
    }
}
