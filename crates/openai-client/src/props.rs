use serde::Deserialize;

/// What llama.cpp's server tells of itself at `/props`, as far as it is read.
#[derive(Deserialize)]
pub(crate) struct Props {
    /// Calls that it serves at a time, each in a slot of its own.
    #[serde(default)]
    pub(crate) total_slots: Option<u32>,
}
