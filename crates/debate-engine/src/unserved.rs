use synod_domain::HostName;

/// No host serves a call, though nothing is wrong with the call: it can be made again as soon as
/// something has changed at the hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// What the hosts do.
    pub why: NoService,
    /// The hosts that were asked.
    pub hosts: Vec<HostName>,
}

/// Why hosts do not serve a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoService {
    /// They could not be reached for as long as the call could wait.
    Away,
    /// They were loading the model, or its process was not running, for as long as the call could wait.
    NotReady,
    /// The connection was lost in mid-reply.
    Lost,
    /// They had too much to do for as long as the call could wait.
    Busy,
    /// They refuse this user: a key, permission or credit is missing.
    Refuses,
}
