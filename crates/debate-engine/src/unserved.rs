use synod_domain::HostName;

/// No host served a call, for a reason that lies with the hosts. The call can be made again later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// The reason.
    pub why: NoService,
    /// The hosts that were tried.
    pub hosts: Vec<HostName>,
}

/// Why hosts do not serve a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoService {
    /// The hosts were unreachable for as long as the call could wait.
    Away,
    /// The hosts were loading the model for as long as the call could wait.
    NotReady,
    /// The connection broke during the reply.
    Lost,
    /// The hosts were overloaded for as long as the call could wait.
    Busy,
    /// The hosts refused access: a key, permission or credit is missing.
    Refuses,
}
