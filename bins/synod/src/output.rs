//! Where a debate goes as it happens: a terminal, a document at its end, a log.

mod document;
mod log_lines;
mod screen;
mod spinner;

use std::io::{self, IsTerminal};

use synod_debate_engine::{CallProgress, TurnDelta};
use synod_domain::Recorded;

use crate::args::{DebateArgs, OutputForm};
use document::{Document, Form};
use log_lines::LogLines;
use screen::Screen;
use spinner::Spinner;

/// Something that shows a debate.
pub(crate) trait Output {
    /// Shows an event of the log.
    fn event(&mut self, recorded: &Recorded) -> io::Result<()>;

    /// Shows a piece of a reply.
    fn delta(&mut self, delta: &TurnDelta) -> io::Result<()>;

    /// Shows where a call is.
    fn phase(&mut self, progress: &CallProgress) -> io::Result<()>;

    /// Shows what is left to show: the debate is over, or nobody waits for it any more.
    fn finish(&mut self) -> io::Result<()>;
}

/// What the arguments and the terminal ask for. With `logs`, lines of a log share the terminal, and
/// nothing is drawn that they would destroy.
pub(crate) fn of(args: &DebateArgs, logs: bool) -> Box<dyn Output> {
    let is_terminal = io::stdout().is_terminal();
    let on_stderr = || {
        let is_welcome = !args.quiet && !logs && !is_terminal;
        if is_welcome { Spinner::on_stderr() } else { Spinner::hidden() }
    };
    match args.output {
        OutputForm::Text if is_terminal && !args.quiet => {
            let spinner = if logs { Spinner::hidden() } else { Spinner::on_stdout() };
            Box::new(Screen::new(spinner))
        }
        OutputForm::Text if is_terminal => Box::new(Document::new(Form::Box, on_stderr())),
        OutputForm::Text => Box::new(Document::new(Form::Verdict, on_stderr())),
        OutputForm::Md => Box::new(Document::new(Form::Markdown, on_stderr())),
        OutputForm::Json => Box::new(Document::new(Form::Json, on_stderr())),
        OutputForm::Ndjson => Box::new(LogLines::new(on_stderr())),
    }
}

/// Columns of the terminal on stdout.
pub(crate) fn width() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| columns.into())
}
