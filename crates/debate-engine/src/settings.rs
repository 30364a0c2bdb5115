use std::time::Duration;

use synod_event_log::Owner;

/// How a hub runs its debates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name under which the hub claims debates.
    pub owner: Owner,
    /// The duration of a lease on a debate, after which another process may take it over. Leases are
    /// renewed three times in this period.
    pub lease: Duration,
    /// The time that a call may take beyond its time limit, for queueing and loading the model. It must
    /// exceed the longest wait of the gateway. The call of a participant that takes longer has failed.
    pub call_grace: Duration,
    /// The time between attempts while the log refuses events.
    pub retry: Duration,
}

impl Default for Settings {
    /// Owner `local`, a lease of 15 s, 45 minutes of grace, 5 s between attempts.
    fn default() -> Self {
        Self {
            owner: Owner::new("local"),
            lease: Duration::from_secs(15),
            call_grace: Duration::from_mins(45),
            retry: Duration::from_secs(5),
        }
    }
}
