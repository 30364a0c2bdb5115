//! Where a debate goes as it happens: a terminal, a document at its end, a log.

pub(crate) mod charset;
mod document;
mod screen;
mod status_area;

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::Recorded;
use synod_transcript::{TranscriptFormat, printable};

use crate::{
    keys,
    view::{CtrlC, View, ViewOptions, wrap},
};
use console::Term;
use document::{Document, DocumentFormat};
use screen::Screen;
use status_area::StatusArea;

/// Something that shows a debate.
pub(crate) trait Output {
    /// Shows an event of the log.
    fn on_event(&mut self, recorded: &Recorded) -> io::Result<()>;

    /// Shows a piece of a reply.
    fn on_delta(&mut self, delta: &TurnDelta) -> io::Result<()>;

    /// Shows what a model thinks.
    fn on_thought(&mut self, thought: &Thought) -> io::Result<()>;

    /// Shows where a call is.
    fn on_phase(&mut self, progress: &CallProgress) -> io::Result<()>;

    /// Whether the user can be asked something in the midst of it.
    fn can_show_menu(&self) -> bool;

    /// Asks the user something, or no more.
    fn set_menu(&mut self, menu: Option<String>) -> io::Result<()>;

    /// Shows a response to the user, or a message that is not an event.
    fn message(&mut self, text: &str) -> io::Result<()>;

    /// Leaves the terminal to a shell.
    fn suspend(&mut self) -> io::Result<()>;

    /// Draws the status again, on a terminal on which others may have written.
    fn resume(&mut self) -> io::Result<()>;

    /// Updates what depends on time. `elapsed`: since the debate began.
    fn tick(&mut self, elapsed: Duration) -> io::Result<()>;

    /// Shows the remaining output: the debate has ended or was abandoned.
    fn finish(&mut self) -> io::Result<()>;
}

/// Says something on stderr, on a terminal in lines that break between words. Where it quotes
/// others, nothing gets through that a terminal obeys.
pub(crate) fn say(text: &str) {
    write_stderr(&format!("synod: {}\n", printable(text)));
}

/// Shows an error in the arguments, in clap's words.
pub(crate) fn say_usage(error: &clap::Error) {
    write_stderr(&error.render().ansi().to_string());
}

/// Writes lines to stderr; on a terminal they break between words.
fn write_stderr(text: &str) {
    let mut stderr = anstream::stderr();
    let text = charset::readable(text);
    // If stderr is gone there is nowhere left to say it.
    let said = if stderr.is_terminal() {
        let width = width_of(&Term::stderr()).max(24) - 1;
        writeln!(stderr, "{}", wrap(text.trim_end(), width).join("\n"))
    } else {
        write!(stderr, "{text}")
    };
    said.unwrap_or_default();
}

/// How to show a debate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutputOptions {
    pub(crate) format: TranscriptFormat,
    /// Only the result is shown.
    pub(crate) quiet: bool,
    /// The thoughts of models are shown in full.
    pub(crate) thinking: bool,
    /// Lines may change in place where the output is a terminal.
    pub(crate) draws: bool,
}

/// Chooses the output for these options and for stdout: a terminal, a file or a pipe.
pub(crate) fn of(options: OutputOptions) -> Box<dyn Output> {
    let OutputOptions { format, quiet, thinking, draws } = options;
    let is_terminal = io::stdout().is_terminal();
    let status_area = match (quiet, is_terminal) {
        (true, _) => StatusArea::hidden(),
        (false, true) => StatusArea::on(Term::stdout(), draws),
        (false, false) if io::stderr().is_terminal() => StatusArea::on(Term::stderr(), draws),
        (false, false) => StatusArea::in_log(),
    };
    let ctrl_c = match (status_area.draws(), status_area.is_log()) {
        (true, _) if keys::are_available() => CtrlC::Menu,
        (_, true) => CtrlC::Unmentioned,
        (true | false, false) => CtrlC::Stops,
    };
    let view = View::new(ViewOptions { thinking, ctrl_c });
    let format = match format {
        TranscriptFormat::Text if is_terminal && !quiet => {
            return Box::new(Screen::new(view, status_area));
        }
        TranscriptFormat::Text if is_terminal => DocumentFormat::Box,
        TranscriptFormat::Text => DocumentFormat::Verdict,
        TranscriptFormat::Markdown => DocumentFormat::Markdown,
        TranscriptFormat::Html => DocumentFormat::Html,
        TranscriptFormat::Json => DocumentFormat::Json,
        TranscriptFormat::Ndjson => DocumentFormat::Log,
    };
    Box::new(Document::new(format, view, status_area))
}

/// Columns of the terminal on stdout.
pub(crate) fn width() -> usize {
    width_of(&Term::stdout())
}

fn width_of(term: &Term) -> usize {
    term.size_checked().map_or(80, |(_, columns)| columns.into())
}
