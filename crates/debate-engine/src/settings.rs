use std::time::Duration;

use synod_event_log::Owner;

/// How a hub runs its debates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name under which it owns them.
    pub owner: Owner,
    /// How long others wait before they take over a debate of a process that is silent. Renewed
    /// three times as often.
    pub lease: Duration,
    /// What a call may take beyond its time limit, in which it waits for its model and host, and the
    /// model is loaded: more than a gateway lets it wait. A participant that takes longer has failed.
    pub call_grace: Duration,
    /// The pause between tries while the log does not take events.
    pub retry: Duration,
}

impl Default for Settings {
    /// Owner `local`, 15 s lease, 45 minutes of grace, 5 s between tries.
    fn default() -> Self {
        Self {
            owner: Owner::new("local"),
            lease: Duration::from_secs(15),
            call_grace: Duration::from_mins(45),
            retry: Duration::from_secs(5),
        }
    }
}
