//! Participants that follow a script, and debates for them.

mod scripted;
mod scripted_turn;
mod setting;

pub use self::{
    scripted::{ScriptedParticipant, fitting},
    scripted_turn::ScriptedTurn,
    setting::{closed_question, open_question, setup},
};
