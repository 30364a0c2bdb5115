//! Participants that follow a script, and debates for them.

mod line;
mod scripted;
mod setting;

pub use self::{
    line::Line,
    scripted::{ScriptedParticipant, fitting},
    setting::{closed_question, open_question, setup},
};
