//! A debate on a terminal: from events and pieces of replies to lines, without any input or output.
//!
//! Several speakers may be at work at once. The lines keep speaking order all the same: the first
//! speaker streams line by line, the others are held back until it is their turn to be shown. What
//! has become a line never changes.

mod ballots;
mod heading;
mod layout;
mod line_buffer;
mod paint;
mod speakers;
mod status;
mod thinking;
mod verdict;
mod wrap;

use std::time::Duration;

use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::{CallStarted, Event, MoveKind, Recorded, RoundClosed};
use synod_transcript::{Round, Transcript, options_in_words, pause_in_words, printable};

use layout::Layout;
pub(crate) use layout::cut;
use paint::Paint;
use speakers::Speakers;
use status::Status;
pub(crate) use wrap::{wrap, wrap_indented};

/// The changing area below the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LiveLines {
    /// The line that is being written.
    pub(crate) tail: String,
    /// The status.
    pub(crate) status: String,
    /// What the user is asked, in lines; none if nothing.
    pub(crate) menu: Vec<String>,
}

/// What of a debate is shown, and offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ViewOptions {
    /// What models think is shown in full, not only how much it is.
    pub(crate) thinking: bool,
    pub(crate) ctrl_c: CtrlC,
}

/// What Ctrl-C does, as the status line says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CtrlC {
    /// It opens a menu.
    Menu,
    /// It stops the debate.
    #[default]
    Stops,
    /// The status goes to a file or a program, which has no keyboard.
    Unmentioned,
}

/// A debate as a terminal shows it. Widths are columns of the terminal.
#[derive(Default)]
pub(crate) struct View {
    options: ViewOptions,
    transcript: Transcript,
    speakers: Speakers,
    status: Status,
    shown_round: Option<u8>,
    /// The last line that was added is empty.
    ends_with_gap: bool,
    menu: Option<String>,
}

impl View {
    pub(crate) fn new(options: ViewOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// The lines that an event adds.
    pub(crate) fn on_event(&mut self, recorded: &Recorded, width: usize) -> Vec<String> {
        let lines = self.event_lines(recorded, width);
        self.without_double_gaps(lines)
    }

    /// Lines as they follow those before: nowhere stand two empty ones together.
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
            Event::Interjected(said) => {
                let author = said.author.as_deref().unwrap_or("You");
                let text = printable(&said.text);
                self.interruption(layout.said(&printable(author), Paint::Person, &text))
            }
            Event::VoteCalled => self.interruption(layout.note("You called the vote")),
            Event::MoveChosen(chosen) => {
                let mut lines = layout.note(&self.transcript.move_in_words(chosen));
                // The ballots are next.
                lines.extend((chosen.kind == MoveKind::CallVote).then(String::new));
                lines
            }
            Event::OptionsSet(set) => {
                // Those on ballots come behind those there were.
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
            Event::DebatePaused(paused) if paused.reason.is_for_hosts() => {
                self.interruption(layout.note(&pause_in_words(paused)))
            }
            Event::DebatePaused(_)
            | Event::DebateResumed
            | Event::DebateRecovered
            | Event::DebateStarted
            | Event::Unknown { .. } => Vec::new(),
        }
    }

    /// The lines that a piece of a reply completes.
    pub(crate) fn on_delta(&mut self, delta: &TurnDelta, width: usize) -> Vec<String> {
        let layout = self.layout(width);
        self.status.on_delta(delta.call);
        let lines = self.speakers.on_delta(delta, &layout);
        self.without_double_gaps(lines)
    }

    /// The lines that a piece of a model's thinking completes.
    pub(crate) fn on_thought(&mut self, thought: &Thought, width: usize) -> Vec<String> {
        let layout = self.layout(width);
        self.status.on_thought(thought);
        let lines = self.speakers.on_thought(thought, self.options.thinking, &layout);
        self.without_double_gaps(lines)
    }

    /// The lines that tell the user something that is no event.
    pub(crate) fn message_lines(&mut self, text: &str, width: usize) -> Vec<String> {
        let layout = self.layout(width);
        let lines = self.interruption(layout.note(text));
        self.without_double_gaps(lines)
    }

    /// Takes note of where a call is.
    pub(crate) fn on_phase(&mut self, progress: &CallProgress) {
        self.status.on_phase(progress);
    }

    /// Takes note of the time that has passed since the debate began, its pauses included.
    pub(crate) fn set_elapsed(&mut self, elapsed: Duration) {
        self.status.set_elapsed(elapsed);
    }

    /// Whether Ctrl-C opens a menu.
    pub(crate) const fn offers_menu(&self) -> bool {
        matches!(self.options.ctrl_c, CtrlC::Menu)
    }

    /// Asks the user something, or no more.
    pub(crate) fn set_menu(&mut self, menu: Option<String>) {
        self.menu = menu;
    }

    /// Returns the current area below the lines.
    pub(crate) fn live_lines(&self, width: usize) -> LiveLines {
        let layout = self.layout(width);
        // The spinner precedes the status, and a terminal writes `^C` after it.
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

    /// Lines that may interrupt a statement; its speaker is named again after them.
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

/// The verdict of a debate that is over, in a box.
pub(crate) fn verdict(transcript: &Transcript, width: usize) -> Vec<String> {
    verdict::boxed(transcript, width)
}

#[cfg(test)]
mod tests;
