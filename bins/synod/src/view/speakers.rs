use std::collections::BTreeMap;

use synod_debate_engine::{Thought, TurnDelta};
use synod_domain::{AgentId, CallNo, CallStarted, Initialized, TurnEnded, TurnNo};
use synod_transcript::{Names, cut_in_words, silence_in_words};
use textwrap::core::display_width;

use super::{Layout, Paint, line_buffer::LineBuffer, thinking::Thinking, wrap::wrap};

/// Columns of the number before a speaker's name, such as `[12] `.
const NUMBER: usize = 5;

/// The open statements in speaking order.
#[derive(Default)]
pub(super) struct Speakers {
    participants: Vec<(AgentId, String)>,
    widest_name: usize,
    statements: BTreeMap<TurnNo, Statement>,
}

struct Statement {
    call: CallNo,
    name: String,
    paint: Paint,
    thinking: Thinking,
    text: LineBuffer,
    is_name_shown: bool,
    /// The note after the text, once the turn has ended.
    end: Option<Option<String>>,
    has_restarted: bool,
}

impl Speakers {
    /// Sets the names of the participants.
    pub(super) fn set_participants(&mut self, setup: &Initialized, names: &Names) {
        let participants = setup.participants.iter();
        self.participants =
            participants.map(|p| (p.agent_id.clone(), names.get(&p.agent_id))).collect();
        let all = setup.profiles();
        let widths = all.map(|profile| display_width(&names.get(&profile.agent_id)));
        self.widest_name = widths.max().unwrap_or(0) + NUMBER;
    }

    /// The widest name in the gutter, including the number of a statement.
    pub(super) const fn widest_name(&self) -> usize {
        self.widest_name
    }

    /// Names the first speaker again in its next line, because other lines come before it.
    pub(super) fn interrupt(&mut self) {
        if let Some(statement) = self.statements.values_mut().next() {
            statement.is_name_shown = false;
        }
    }

    /// Adds the statement of a call.
    pub(super) fn on_call_started(&mut self, call: &CallStarted) {
        if let Some(turn) = call.turn {
            let statement = self.new_statement(call.call, turn, &call.agent_id);
            self.statements.insert(turn, statement);
        }
    }

    /// Adds a piece of a statement. Returns the lines that it completes.
    pub(super) fn on_delta(&mut self, delta: &TurnDelta, layout: &Layout) -> Vec<String> {
        let open =
            |statement: &&mut Statement| statement.call == delta.call && statement.end.is_none();
        let Some(statement) = self.statements.values_mut().find(open) else { return Vec::new() };
        if delta.whole {
            statement.has_restarted |= !statement.text.replace(&delta.text);
        } else {
            statement.text.push(&delta.text);
        }
        self.lines(layout)
    }

    /// Adds a piece of thinking. Returns the lines that it completes, if thinking is shown `in_full`.
    pub(super) fn on_thought(
        &mut self,
        thought: &Thought,
        in_full: bool,
        layout: &Layout,
    ) -> Vec<String> {
        let open =
            |statement: &&mut Statement| statement.call == thought.call && statement.end.is_none();
        let Some(statement) = self.statements.values_mut().find(open) else { return Vec::new() };
        statement.thinking.push(thought, in_full);
        self.lines(layout)
    }

    /// Ends a statement with its complete text.
    pub(super) fn on_turn_ended(&mut self, turn: &TurnEnded, layout: &Layout) -> Vec<String> {
        if !self.statements.contains_key(&turn.turn) {
            let statement = self.new_statement(turn.call, turn.turn, &turn.agent_id);
            self.statements.insert(turn.turn, statement);
        }
        if let Some(statement) = self.statements.get_mut(&turn.turn) {
            let silence = silence_in_words(turn);
            if silence.is_some() {
                statement.text.drop_rest();
            } else {
                statement.has_restarted |= !statement.text.replace(&turn.text);
            }
            statement.end = Some(silence.or(cut_in_words(turn)).map(str::to_owned));
        }
        self.lines(layout)
    }

    /// Ends a statement without a text. Its call may be repeated.
    pub(super) fn on_call_voided(&mut self, call: CallNo, layout: &Layout) -> Vec<String> {
        let Some((&turn, _)) = self.statements.iter().find(|(_, s)| s.call == call) else {
            return Vec::new();
        };
        if let Some(statement) = self.statements.get_mut(&turn) {
            if statement.text.has_begun() {
                statement.end = Some(Some("interrupted".to_owned()));
            } else {
                self.statements.remove(&turn);
            }
        }
        self.lines(layout)
    }

    /// The incomplete line of the first speaker.
    pub(super) fn tail(&self, layout: &Layout) -> String {
        let Some(statement) = self.statements.values().next() else { return String::new() };
        let width = layout.text_width();
        let thinks = || statement.thinking.tail(width).map(|thought| Paint::Note.on(&thought));
        let tail = statement.text.tail(width).or_else(thinks);
        tail.map_or_else(String::new, |tail| {
            layout.line(statement.gutter(), statement.paint, &tail)
        })
    }

    /// Ballots and other statements cite a statement by its number.
    fn new_statement(&self, call: CallNo, turn: TurnNo, agent: &AgentId) -> Statement {
        let index = self.participants.iter().position(|(id, _)| id == agent);
        let name =
            index.map_or_else(|| agent.to_string(), |index| self.participants[index].1.clone());
        let paint = index.map_or(Paint::Person, Paint::Speaker);
        Statement {
            call,
            name: format!("[{}] {name}", turn.0),
            paint,
            thinking: Thinking::default(),
            text: LineBuffer::default(),
            is_name_shown: false,
            end: None,
            has_restarted: false,
        }
    }

    /// Returns the complete lines of the first speaker, and once its statement has ended, those of the
    /// next.
    fn lines(&mut self, layout: &Layout) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(mut first) = self.statements.first_entry() {
            lines.extend(first.get_mut().lines(layout));
            if first.get().end.is_none() {
                break;
            }
            first.remove();
        }
        lines
    }
}

impl Statement {
    /// The name, unless it has been shown.
    fn gutter(&self) -> &str {
        if self.is_name_shown { "" } else { &self.name }
    }

    fn lines(&mut self, layout: &Layout) -> Vec<String> {
        let has_restarted = std::mem::take(&mut self.has_restarted);
        // A speaker that restarts is named again.
        self.is_name_shown &= !has_restarted;
        let mut lines = Vec::new();
        let mut name = self.gutter().to_owned();
        let mut add = |text: &str| {
            lines.push(layout.line(&std::mem::take(&mut name), self.paint, text));
        };
        let width = layout.text_width();
        let lines_of_text = self.text.take(width, self.end.is_some());
        let speaks =
            !lines_of_text.is_empty() || self.end.is_some() || self.text.tail(width).is_some();
        for thought in self.thinking.take(width, speaks) {
            add(&Paint::Note.on(&thought));
        }
        if has_restarted {
            add(&Paint::Note.on("(restarted)"));
        }
        lines_of_text.iter().for_each(|text| add(text));
        if let Some(end) = &self.end {
            let end = end.as_ref().map(|end| wrap(&format!("({end})"), layout.text_width()));
            end.iter().flatten().for_each(|text| add(&Paint::Note.on(text)));
            lines.push(String::new());
        }
        self.is_name_shown |= !lines.is_empty();
        lines
    }
}
