/// Why a model that was asked brought nothing.
#[derive(Debug)]
pub(super) struct NoReply {
    /// In words.
    pub(super) why: String,
    /// Its host accepted the call, and nothing came until the time limit: no answer, no thought.
    pub(super) is_silent: bool,
}

impl From<String> for NoReply {
    fn from(why: String) -> Self {
        Self { why, is_silent: false }
    }
}

impl From<&str> for NoReply {
    fn from(why: &str) -> Self {
        why.to_owned().into()
    }
}
