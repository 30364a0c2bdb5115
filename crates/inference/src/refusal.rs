//! What a host refuses of a request: read from its answers, done without, and remembered.

mod adjusted;
mod asked;
mod asking;
mod call;
mod concessions;
mod json_in_words;
mod learnt;
mod reading;
mod schema;
mod stop_filter;

pub(crate) use adjusted::{Adjusted, Form};
pub(crate) use asking::{Server, ask};
pub(crate) use learnt::Learnt;
pub(crate) use reading::Refusal;
