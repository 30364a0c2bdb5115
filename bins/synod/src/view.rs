//! A debate on a terminal: turns events and pieces of replies into lines, without any input or output.
//!
//! Several participants may speak at the same time, but lines appear in speaking order: the first speaker
//! streams line by line, and the others are held back until all before them are complete. A line never
//! changes once it has been returned.

mod activity;
mod ballots;
mod heading;
mod layout;
mod line_buffer;
mod paint;
mod recap;
mod speakers;
mod status;
mod thinking;
mod verdict;
mod wrap;

use std::{sync::Arc, time::Duration};

use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::{CallStarted, Event, MoveKind, Recorded, RoundClosed};
use synod_transcript::{Round, Transcript, options_in_words, pause_in_words, printable};

use layout::Layout;
pub(crate) use layout::cut;
use paint::Paint;
use speakers::Speakers;
use status::Status;
pub(crate) use wrap::{wrap, wrap_indented};

/// The changing lines below the permanent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LiveLines {
    /// The line that is being written.
    pub(crate) tail: String,
    /// The status.
    pub(crate) status: String,
    /// The lines of the menu; empty if it is closed.
    pub(crate) menu: Vec<String>,
}

/// Options of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ViewOptions {
    /// Whether the thinking of models is shown in full, not only its length.
    pub(crate) thinking: bool,
    pub(crate) ctrl_c: CtrlC,
}

/// The effect of Ctrl-C, as the status line shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CtrlC {
    /// Opens a menu.
    Menu,
    /// Stops the debate.
    #[default]
    Stops,
    /// Not shown, because the status goes to a file or a program without a keyboard.
    Unmentioned,
}

/// The view of a debate on a terminal. Widths are in columns.
#[derive(Default)]
pub(crate) struct View {
    options: ViewOptions,
    transcript: Transcript,
    speakers: Speakers,
    status: Status,
    shown_round: Option<u8>,
    /// Whether the last added line is empty.
    ends_with_gap: bool,
    menu: Option<String>,
}

impl View {
    pub(crate) fn new(options: ViewOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Handles an event. Returns the lines that it adds.
    pub(crate) fn on_event(&mut self, recorded: &Recorded, width: usize) -> Vec<String> {
        let lines = self.event_lines(recorded, width);
        self.without_double_gaps(lines)
    }

    /// Takes in the events before a debate was resumed. Returns the lines of a summary: the question, the
    /// participants, and how far the debate has come.
    pub(crate) fn catch_up(&mut self, past: &[Arc<Recorded>], width: usize) -> Vec<String> {
        for recorded in past {
            self.event_lines(recorded, width);
        }
        let layout = self.layout(width);
        let Some(setup) = &self.transcript.setup else { return Vec::new() };
        let mut lines = heading::lines(setup, self.transcript.names(), &layout);
        lines.extend(layout.note(&recap::in_words(&self.transcript)));
        lines.push(String::new());
        self.without_double_gaps(lines)
    }

    /// Removes empty lines that would follow another empty line.
    fn without_double_gaps(&mut self, lines: Vec<String>) -> Vec<String> {
        let begins = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
        let spare = if self.ends_with_gap { begins } else { begins.saturating_sub(1) };
        if let Some(last) = lines.last() {
            self.ends_with_gap = last.is_empty();
        }
        lines.into_iter().skip(spare).collect()
    }

    fn event_lines(&mut self, recorded: &Recorded, width: usize) -> Vec<String> {
        let known = self.transcript.options.len();
        self.transcript.push(recorded);
        self.status.on_event(&recorded.event);
        if let Event::DebateInitialized(setup) = &recorded.event {
            self.speakers.set_participants(setup, self.transcript.names());
        }
        let layout = self.layout(width);
        match &recorded.event {
            Event::DebateInitialized(setup) => {
                heading::lines(setup, self.transcript.names(), &layout)
            }
            Event::CallStarted(call) => {
                let lines = self.begin_round(call, &layout);
                self.speakers.on_call_started(call);
                lines
            }
            Event::TurnEnded(turn) => self.speakers.on_turn_ended(turn, &layout),
            Event::CallVoided(voided) => self.speakers.on_call_voided(voided.call, &layout),
            Event::Interjected(message) => {
                let author = message.author.as_deref().unwrap_or("You");
                let text = printable(&message.text);
                self.interruption(layout.named(&printable(author), Paint::Person, &text))
            }
            Event::VoteCalled => self.interruption(layout.note("You called the vote")),
            Event::MoveChosen(chosen) => {
                let mut lines = layout.note(&self.transcript.move_in_words(chosen));
                // Separates the ballots, which follow.
                lines.extend((chosen.kind == MoveKind::CallVote).then(String::new));
                lines
            }
            Event::OptionsSet(set) => {
                // Options proposed on ballots follow the earlier ones.
                let new = set.options.iter().skip(known);
                let options = new.map(|option| self.transcript.option_in_words(option.id));
                let mut lines = layout.note(&options_in_words(set));
                lines.extend(options.flat_map(|option| layout.note(&option)));
                lines.push(String::new());
                lines
            }
            Event::BallotRecorded(ballot) => self.run_off(ballot.round, &layout),
            Event::JudgeRuled(ruling) => layout.note(&self.transcript.ruling_in_words(ruling)),
            Event::RoundClosed(closed) => self.close_round(closed, &layout),
            Event::DebateClosed(_) => verdict::boxed(&self.transcript, width),
            Event::DebatePaused(paused)
                if paused.detail.is_some() || paused.reason.is_for_hosts() =>
            {
                self.interruption(layout.note(&pause_in_words(paused)))
            }
            Event::DebatePaused(_)
            | Event::DebateResumed(_)
            | Event::DebateRecovered
            | Event::DebateStarted
            | Event::Unknown { .. } => Vec::new(),
        }
    }

    /// Handles a piece of a reply. Returns the lines that it completes.
    pub(crate) fn on_delta(&mut self, delta: &TurnDelta, width: usize) -> Vec<String> {
        let layout = self.layout(width);
        self.status.on_delta(delta.call);
        let lines = self.speakers.on_delta(delta, &layout);
        self.without_double_gaps(lines)
    }

    /// Handles a piece of thinking. Returns the lines that it completes.
    pub(crate) fn on_thought(&mut self, thought: &Thought, width: usize) -> Vec<String> {
        let layout = self.layout(width);
        self.status.on_thought(thought);
        let lines = self.speakers.on_thought(thought, self.options.thinking, &layout);
        self.without_double_gaps(lines)
    }

    /// Returns the lines of a message to the user that is not an event.
    pub(crate) fn message_lines(&mut self, text: &str, width: usize) -> Vec<String> {
        let layout = self.layout(width);
        let lines = self.interruption(layout.note(text));
        self.without_double_gaps(lines)
    }

    /// Handles the phase of a call.
    pub(crate) fn on_phase(&mut self, progress: &CallProgress) {
        self.status.on_phase(progress);
    }

    /// Sets the time since the debate began, including pauses.
    pub(crate) fn set_elapsed(&mut self, elapsed: Duration) {
        self.status.set_elapsed(elapsed);
    }

    /// Whether Ctrl-C opens a menu.
    pub(crate) const fn offers_menu(&self) -> bool {
        matches!(self.options.ctrl_c, CtrlC::Menu)
    }

    /// Shows a menu; `None` closes it.
    pub(crate) fn set_menu(&mut self, menu: Option<String>) {
        self.menu = menu;
    }

    /// Returns the changing lines.
    pub(crate) fn live_lines(&self, width: usize) -> LiveLines {
        let layout = self.layout(width);
        // The spinner comes before the status, and a terminal echoes `^C` after it.
        let room = width.saturating_sub(5);
        let status = self.status.in_words(&self.transcript, self.options.ctrl_c, room);
        let menu = self.menu.as_ref().map(|menu| wrap(menu, room.max(1))).unwrap_or_default();
        LiveLines { tail: self.speakers.tail(&layout), status, menu }
    }

    /// The debate so far.
    pub(crate) const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    fn layout(&self, width: usize) -> Layout {
        Layout::new(width, self.speakers.widest_name())
    }

    /// Formats lines that may interrupt a statement, whose speaker is named again afterwards.
    fn interruption(&mut self, mut lines: Vec<String>) -> Vec<String> {
        self.speakers.interrupt();
        lines.insert(0, String::new());
        lines.push(String::new());
        lines
    }

    fn begin_round(&mut self, call: &CallStarted, layout: &Layout) -> Vec<String> {
        if self.shown_round.is_some_and(|shown| shown >= call.round) {
            return Vec::new();
        }
        self.shown_round = Some(call.round);
        match call.round {
            0 => layout.rule("Round 0: blind opening"),
            round => layout.rule(&format!("Round {round}")),
        }
    }

    fn close_round(&self, closed: &RoundClosed, layout: &Layout) -> Vec<String> {
        let Some(round) = self.round(closed.round) else { return Vec::new() };
        let mut lines = ballots::table("Ballots", &self.transcript, &round.ballots, layout);
        lines.extend(ballots::count(&self.transcript, closed, layout));
        if let Some(left_out) = self.transcript.left_out_of(closed.round).in_words() {
            lines.extend(layout.note(&format!("In this round {left_out}.")));
        }
        lines
    }

    /// The ballots of a run-off, once they are complete.
    fn run_off(&self, round: u8, layout: &Layout) -> Vec<String> {
        let all = self.transcript.setup.as_ref().map(|setup| setup.participants.len());
        let ballots = self.round(round).map(|round| &round.run_off[..]).unwrap_or_default();
        let complete = all == Some(ballots.len());
        if complete {
            ballots::table("Run-off", &self.transcript, ballots, layout)
        } else {
            Vec::new()
        }
    }

    fn round(&self, number: u8) -> Option<&Round> {
        self.transcript.rounds.iter().find(|round| round.round == number)
    }
}

/// Returns the verdict of a closed debate in a box.
pub(crate) fn verdict(transcript: &Transcript, width: usize) -> Vec<String> {
    verdict::boxed(transcript, width)
}

#[cfg(test)]
mod tests;
