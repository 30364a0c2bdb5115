//! The moderator of an autonomous debate: its legal moves, the reading of its reply, and the effect of
//! its choice.

use std::sync::Arc;

use synod_domain::{
    CallMeta, CallNo, DebateMode, Event, Label, Move, MoveChosen, MoveKind, MoveSource, is_colon,
    norm,
};

use crate::{
    Addressee, Debate,
    ended_call::{EndedCall, FormReply},
    json_object::{FoundObject, is_json, only_object, read_object},
    step_state::StepState,
};

/// Choices in a row that the scheduler had to make before the moderator is asked no more.
const MOST_FAILURES: u8 = 2;
/// Longest text that is compared with the moves, in bytes.
const LONGEST_MOVE: usize = 256;

impl Debate {
    pub(crate) fn asks_moderator(&self) -> bool {
        self.mode() == DebateMode::Autonomous && self.moderator_failures < MOST_FAILURES
    }

    /// The moves that the moderator may choose.
    pub(crate) fn legal_moves(&self) -> Vec<Move> {
        let candidates = self.candidates().into_iter().map(Label::of);
        let floor = candidates.flat_map(|label| [Move::Speak(label), Move::AskEvidence(label)]);
        let turns = self.turns_of_round();
        let all_had_one = (0..self.participants())
            .all(|index| turns.iter().any(|turn| turn.speaker.index() == index));
        floor.chain(all_had_one.then_some(Move::CallVote)).collect()
    }

    /// The move that a reply names; the scheduler's move if it names none.
    pub(crate) fn move_ended(&self, ended: EndedCall<'_>) -> Event {
        match ended.read(|text| read(text, ended.is_cut(), &self.legal_moves())) {
            FormReply::Read(chosen) => {
                self.move_chosen(ended.call, chosen, MoveSource::Moderator, ended.meta)
            }
            FormReply::Repeat(event) => event,
            FormReply::Unreadable(_) | FormReply::Failed(_) => {
                let next = Label::of(self.scheduled().unwrap_or_default());
                self.move_chosen(ended.call, Move::Speak(next), MoveSource::Scheduler, ended.meta)
            }
        }
    }

    fn move_chosen(&self, call: CallNo, chosen: Move, source: MoveSource, meta: CallMeta) -> Event {
        let (kind, floor) = parts(chosen);
        let speaker = floor.and_then(|label| self.setup.participants.get(label.index()));
        let agent_id = speaker.map(|profile| profile.agent_id.clone());
        Event::MoveChosen(Arc::new(MoveChosen {
            call,
            round: self.round,
            kind,
            agent_id,
            source,
            meta,
        }))
    }

    /// Executes a move, unless a person has called the vote meanwhile.
    pub(crate) fn take_move(&mut self, chosen: &MoveChosen) {
        self.end(chosen.call);
        self.moderator_failures = match chosen.source {
            MoveSource::Moderator => 0,
            MoveSource::Scheduler => self.moderator_failures.saturating_add(1),
        };
        let speaker = chosen.agent_id.as_ref().and_then(|agent| self.index_of(agent));
        match (chosen.kind, speaker) {
            _ if self.vote_called => self.enter_voting(),
            (MoveKind::Speak | MoveKind::AskEvidence, Some(index)) => {
                let evidence = chosen.kind == MoveKind::AskEvidence;
                self.steps = vec![StepState { evidence, ..StepState::participant(index) }];
            }
            (MoveKind::CallVote, _) | (_, None) => self.enter_voting(),
        }
    }

    /// Checks that a move in a log could be chosen in this state.
    pub(crate) fn check_move(&self, chosen: &MoveChosen) -> Result<(), &'static str> {
        let state = self.state_of_call(chosen.call).ok_or("the call is not open")?;
        let index = chosen.agent_id.as_ref().map(|agent| self.index_of(agent));
        let is_it = |legal: &Move| {
            let (kind, floor) = parts(*legal);
            kind == chosen.kind && floor.map(|label| Some(label.index())) == index
        };
        let scheduled = || {
            chosen.kind == MoveKind::Speak && index.is_some_and(|index| index == self.scheduled())
        };
        if state.asked != Addressee::Moderator
            || self.purpose_of(state) != synod_domain::Purpose::Move
        {
            Err("no moderator was asked")
        } else if chosen.round != self.round {
            Err("the move belongs to another round")
        } else if !self.legal_moves().iter().any(is_it) {
            Err("the move was not legal")
        } else if chosen.source == MoveSource::Scheduler && !scheduled() {
            Err("the scheduler gives another the floor")
        } else {
            Ok(())
        }
    }
}

const fn parts(chosen: Move) -> (MoveKind, Option<Label>) {
    match chosen {
        Move::Speak(label) => (MoveKind::Speak, Some(label)),
        Move::AskEvidence(label) => (MoveKind::AskEvidence, Some(label)),
        Move::CallVote => (MoveKind::CallVote, None),
    }
}

/// The legal move that a reply names: as a whole object, as the only one in it, or bare.
/// `cut`: a limit of tokens ended the reply.
///
/// # Errors
/// The error to quote in the repair.
fn read(reply: &str, cut: bool, legal: &[Move]) -> Result<Move, String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct MoveReply {
        #[serde(rename = "move")]
        named: String,
    }
    let named = |text: &str| {
        // Longer texts cannot equal a move; they need no normalising.
        let named = (text.len() <= LONGEST_MOVE).then(|| spelled(text))?;
        legal.iter().copied().find(|legal| spelled(&legal.to_string()) == named)
    };
    let filled = |text| {
        let reply: MoveReply = read_object(text)?;
        named(&reply.named).ok_or_else(|| "`move` names none of the legal moves".to_owned())
    };
    let reply = reply.trim();
    let strict = match filled(reply) {
        Ok(chosen) => return Ok(chosen),
        Err(error) => error,
    };
    if cut {
        return Err(strict);
    }
    if let Some(FoundObject { object, prose }) = only_object(reply)
        && let Ok(chosen) = filled(object)
    {
        let is_other = |legal: &&Move| **legal != chosen;
        let others = legal.iter().filter(is_other).map(|legal| spelled(&legal.to_string()));
        prose.check_free_of(others)?;
        return Ok(chosen);
    }
    named(reply).filter(|_| !is_json(reply)).ok_or(strict)
}

/// A move as it is compared: with a plain colon.
fn spelled(text: &str) -> String {
    norm(text).replace(is_colon, ":")
}

#[cfg(test)]
mod tests;
