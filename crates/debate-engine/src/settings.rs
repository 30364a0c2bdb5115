use std::time::Duration;

use synod_event_log::Takeover;

/// How a hub runs its debates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name under which the hub claims debates, unique among the running processes on its log. A
    /// process that keeps its name over a restart need not wait for its own lease to expire.
    pub worker: String,
    /// Whether other processes take over its debates when it has ended.
    pub takeover: Takeover,
    /// The duration of the hub's lease, after which other processes may take over its debates. It is
    /// renewed three times in this period.
    pub lease: Duration,
    /// The time that a call may take beyond its time limit, for queueing and loading the model. It must
    /// exceed the longest wait of the gateway. The call of a participant that takes longer has failed.
    pub call_grace: Duration,
    /// The time between attempts while the log refuses events.
    pub retry: Duration,
}

impl Default for Settings {
    /// The name `local`, debates that others take over, a lease of 15 s, 45 minutes of grace, 5 s between attempts.
    fn default() -> Self {
        Self {
            worker: "local".to_owned(),
            takeover: Takeover::Automatic,
            lease: Duration::from_secs(15),
            call_grace: Duration::from_mins(45),
            retry: Duration::from_secs(5),
        }
    }
}
