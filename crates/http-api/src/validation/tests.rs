mod any_value;
mod fastapi;
mod golden;
mod requests;

pub(crate) use any_value::{Trial, trial};
