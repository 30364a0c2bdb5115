use std::collections::BTreeMap;

use synod_debate_engine::{Thought, TurnDelta};
use synod_domain::{AgentId, CallNo, CallStarted, Initialized, TurnEnded, TurnNo};
use synod_transcript::{Names, cut_in_words, silence_in_words};
use textwrap::core::display_width;

use super::{Layout, Paint, flow::Flow, thinking::Thinking, wrap::wrap};

/// The columns of a statement's number beside its speaker, such as `[12] `.
const NUMBER: usize = 5;

/// The speakers, in speaking order.
#[derive(Default)]
pub(super) struct Floor {
    seats: Vec<(AgentId, String)>,
    widest_name: usize,
    speeches: BTreeMap<TurnNo, Speech>,
}

struct Speech {
    call: CallNo,
    name: String,
    paint: Paint,
    thinking: Thinking,
    flow: Flow,
    is_named: bool,
    /// The note after the text, once the turn has ended.
    end: Option<Option<String>>,
    begins_anew: bool,
}

impl Floor {
    pub(super) fn seat(&mut self, setup: &Initialized, names: &Names) {
        let seats = setup.participants.iter();
        self.seats = seats.map(|p| (p.agent_id.clone(), names.get(&p.agent_id))).collect();
        let all = setup.participants.iter().chain(&setup.moderator).chain(&setup.judge);
        let widths = all.map(|profile| display_width(&names.get(&profile.agent_id)));
        self.widest_name = widths.max().unwrap_or(0) + NUMBER;
    }

    /// Of all who are named in the gutter, with the number of a statement.
    pub(super) const fn widest_name(&self) -> usize {
        self.widest_name
    }

    /// Others' lines come between what the first speaker says.
    pub(super) fn interrupt(&mut self) {
        if let Some(speech) = self.speeches.values_mut().next() {
            speech.is_named = false;
        }
    }

    pub(super) fn begin(&mut self, call: &CallStarted) {
        if let Some(turn) = call.turn {
            let speech = self.speech(call.call, turn, &call.agent_id);
            self.speeches.insert(turn, speech);
        }
    }

    /// Takes a piece of a speech; returns the lines it completes.
    pub(super) fn hear(&mut self, delta: &TurnDelta, layout: &Layout) -> Vec<String> {
        let open = |speech: &&mut Speech| speech.call == delta.call && speech.end.is_none();
        let Some(speech) = self.speeches.values_mut().find(open) else { return Vec::new() };
        if delta.whole {
            speech.begins_anew |= !speech.flow.replace(&delta.text);
        } else {
            speech.flow.push(&delta.text);
        }
        self.lines(layout)
    }

    /// Takes a piece of what a speaker thinks; returns the lines it completes, if it is shown in
    /// full.
    pub(super) fn think(
        &mut self,
        thought: &Thought,
        in_full: bool,
        layout: &Layout,
    ) -> Vec<String> {
        let open = |speech: &&mut Speech| speech.call == thought.call && speech.end.is_none();
        let Some(speech) = self.speeches.values_mut().find(open) else { return Vec::new() };
        speech.thinking.push(thought, in_full);
        self.lines(layout)
    }

    /// Ends a speech with its whole text.
    pub(super) fn end(&mut self, turn: &TurnEnded, layout: &Layout) -> Vec<String> {
        if !self.speeches.contains_key(&turn.turn) {
            let speech = self.speech(turn.call, turn.turn, &turn.agent_id);
            self.speeches.insert(turn.turn, speech);
        }
        if let Some(speech) = self.speeches.get_mut(&turn.turn) {
            let silence = silence_in_words(turn);
            if silence.is_some() {
                speech.flow.drop_rest();
            } else {
                speech.begins_anew |= !speech.flow.replace(&turn.text);
            }
            speech.end = Some(silence.or(cut_in_words(turn)).map(str::to_owned));
        }
        self.lines(layout)
    }

    /// Breaks a speech off; it may begin again.
    pub(super) fn void(&mut self, call: CallNo, layout: &Layout) -> Vec<String> {
        let Some((&turn, _)) = self.speeches.iter().find(|(_, s)| s.call == call) else {
            return Vec::new();
        };
        if let Some(speech) = self.speeches.get_mut(&turn) {
            if speech.flow.has_begun() {
                speech.end = Some(Some("breaks off".to_owned()));
            } else {
                self.speeches.remove(&turn);
            }
        }
        self.lines(layout)
    }

    /// The line that the first speaker is writing.
    pub(super) fn tail(&self, layout: &Layout) -> String {
        let Some(speech) = self.speeches.values().next() else { return String::new() };
        let width = layout.text_width();
        let thinks = || speech.thinking.tail(width).map(|thought| Paint::Note.on(&thought));
        let tail = speech.flow.tail(width).or_else(thinks);
        tail.map_or_else(String::new, |tail| layout.line(speech.gutter(), speech.paint, &tail))
    }

    /// The number is what ballots and other statements cite it by.
    fn speech(&self, call: CallNo, turn: TurnNo, agent: &AgentId) -> Speech {
        let seat = self.seats.iter().position(|(id, _)| id == agent);
        let name = seat.map_or_else(|| agent.to_string(), |seat| self.seats[seat].1.clone());
        let paint = seat.map_or(Paint::Person, Paint::Speaker);
        Speech {
            call,
            name: format!("[{}] {name}", turn.0),
            paint,
            thinking: Thinking::default(),
            flow: Flow::default(),
            is_named: false,
            end: None,
            begins_anew: false,
        }
    }

    /// The lines that are due: of the first speaker what is complete, and the next one's as soon
    /// as the first has ended.
    fn lines(&mut self, layout: &Layout) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(mut first) = self.speeches.first_entry() {
            lines.extend(first.get_mut().lines(layout));
            if first.get().end.is_none() {
                break;
            }
            first.remove();
        }
        lines
    }
}

impl Speech {
    /// The name, where it is due.
    fn gutter(&self) -> &str {
        if self.is_named { "" } else { &self.name }
    }

    fn lines(&mut self, layout: &Layout) -> Vec<String> {
        let begins_anew = std::mem::take(&mut self.begins_anew);
        // A speaker that starts again is named again.
        self.is_named &= !begins_anew;
        let mut lines = Vec::new();
        let mut name = self.gutter().to_owned();
        let mut add = |text: &str| {
            lines.push(layout.line(&std::mem::take(&mut name), self.paint, text));
        };
        let width = layout.text_width();
        let said = self.flow.take(width, self.end.is_some());
        let speaks = !said.is_empty() || self.end.is_some() || self.flow.tail(width).is_some();
        for thought in self.thinking.take(width, speaks) {
            add(&Paint::Note.on(&thought));
        }
        if begins_anew {
            add(&Paint::Note.on("(begins again)"));
        }
        said.iter().for_each(|text| add(text));
        if let Some(end) = &self.end {
            let end = end.as_ref().map(|end| wrap(&format!("({end})"), layout.text_width()));
            end.iter().flatten().for_each(|text| add(&Paint::Note.on(text)));
            lines.push(String::new());
        }
        self.is_named |= !lines.is_empty();
        lines
    }
}
