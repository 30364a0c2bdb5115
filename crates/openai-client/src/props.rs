use serde::Deserialize;

/// The properties of llama.cpp's server (`/props`), as far as they are used.
#[derive(Deserialize)]
pub(crate) struct Props {
    /// The number of slots, each of which serves one call at a time.
    #[serde(default)]
    pub(crate) total_slots: Option<u32>,
}
