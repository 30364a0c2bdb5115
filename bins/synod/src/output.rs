//! The output of a debate: a terminal, a document at the end, or a log.

mod bytes;
pub(crate) mod charset;
mod document;
mod screen;
mod status_area;

use std::{
    io::{self, IsTerminal, Write},
    sync::Arc,
    time::Duration,
};

use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::Recorded;
use synod_transcript::{TranscriptFormat, printable};

use crate::{
    keys,
    view::{CtrlC, View, ViewOptions, wrap},
};
pub(crate) use bytes::Bytes;
use console::Term;
use document::{Document, DocumentFormat};
use screen::Screen;
use status_area::StatusArea;

/// Shows a debate.
pub(crate) trait Output {
    /// Shows an event of the log.
    fn on_event(&mut self, recorded: &Recorded) -> io::Result<()>;

    /// Takes in the events before a debate was resumed, and shows a summary of them.
    fn catch_up(&mut self, past: &[Arc<Recorded>]) -> io::Result<()>;

    /// Shows a piece of a reply.
    fn on_delta(&mut self, delta: &TurnDelta) -> io::Result<()>;

    /// Shows a piece of the thinking of a model.
    fn on_thought(&mut self, thought: &Thought) -> io::Result<()>;

    /// Shows the phase of a call.
    fn on_phase(&mut self, progress: &CallProgress) -> io::Result<()>;

    /// Whether a menu can be shown.
    fn can_show_menu(&self) -> bool;

    /// Shows a menu; `None` closes it.
    fn set_menu(&mut self, menu: Option<String>) -> io::Result<()>;

    /// Shows a message to the user that is not an event.
    fn message(&mut self, text: &str) -> io::Result<()>;

    /// Clears the status before a shell takes over the terminal.
    fn suspend(&mut self) -> io::Result<()>;

    /// Draws the status again after other processes may have written to the terminal.
    fn resume(&mut self) -> io::Result<()>;

    /// Updates what depends on time. `elapsed` is the time since the debate began.
    fn tick(&mut self, elapsed: Duration) -> io::Result<()>;

    /// Writes the rest of the output after the debate has ended or was abandoned.
    fn finish(&mut self) -> io::Result<()>;
}

/// Prints a message to stderr. On a terminal, lines break between words. Terminal control characters are
/// removed.
pub(crate) fn say(text: &str) {
    write_stderr(&format!("synod: {}\n", printable(text)));
}

/// Prints an error of clap about the arguments.
pub(crate) fn say_usage(error: &clap::Error) {
    write_stderr(&error.render().ansi().to_string());
}

/// Writes lines to stderr. On a terminal, they break between words.
fn write_stderr(text: &str) {
    let mut stderr = anstream::stderr();
    let text = charset::readable(text);
    // Errors are ignored: if stderr is closed, there is no place left to report them.
    let result = if stderr.is_terminal() {
        let width = width_of(&Term::stderr()).max(24) - 1;
        writeln!(stderr, "{}", wrap(text.trim_end(), width).join("\n"))
    } else {
        write!(stderr, "{text}")
    };
    result.unwrap_or_default();
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
    /// Ctrl-C opens a menu where the output is a terminal.
    pub(crate) has_menu: bool,
}

/// Chooses the output for these options and for stdout: a terminal, a file or a pipe.
pub(crate) fn of(options: OutputOptions) -> Box<dyn Output> {
    let OutputOptions { format, quiet, thinking, draws, has_menu } = options;
    let is_terminal = io::stdout().is_terminal();
    let status_area = match (quiet, is_terminal) {
        (true, _) => StatusArea::hidden(),
        (false, true) => StatusArea::on(Term::stdout(), draws),
        (false, false) if io::stderr().is_terminal() => StatusArea::on(Term::stderr(), draws),
        (false, false) => StatusArea::in_log(),
    };
    let ctrl_c = match (status_area.draws(), status_area.is_log()) {
        (true, _) if has_menu && keys::are_available() => CtrlC::Menu,
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
