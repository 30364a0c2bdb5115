use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::Recorded;

use super::{Output, StatusArea, charset, width};
use crate::view::{LiveLines, View, verdict, wrap};

/// The format of a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum DocumentFormat {
    /// The verdict in a box, for a terminal.
    Box,
    /// The verdict as Markdown.
    Verdict,
    /// The whole debate as Markdown.
    Markdown,
    /// The whole debate as a single HTML file.
    Html,
    /// The whole debate as JSON.
    Json,
    /// The log, one event per line, each flushed as it happens.
    Log,
}

/// A document on stdout, written at the end of the debate. The log is written as it happens.
pub(super) struct Document {
    view: View,
    format: DocumentFormat,
    status_area: StatusArea,
}

impl Document {
    pub(super) fn new(format: DocumentFormat, view: View, status_area: StatusArea) -> Self {
        Self { view, format, status_area }
    }

    fn show(&mut self) -> io::Result<()> {
        let live = self.live_lines();
        self.status_area.show("", live)
    }

    fn live_lines(&self) -> LiveLines {
        LiveLines { tail: String::new(), ..self.view.live_lines(self.status_area.width()) }
    }
}

impl Output for Document {
    fn on_event(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.view.on_event(recorded, width());
        self.show()?;
        match self.format {
            DocumentFormat::Log => print(&(serde_json::to_string(recorded)? + "\n")),
            DocumentFormat::Box
            | DocumentFormat::Verdict
            | DocumentFormat::Markdown
            | DocumentFormat::Html
            | DocumentFormat::Json => Ok(()),
        }
    }

    fn catch_up(&mut self, past: &[Arc<Recorded>]) -> io::Result<()> {
        self.view.catch_up(past, width());
        Ok(())
    }

    fn on_delta(&mut self, _: &TurnDelta) -> io::Result<()> {
        Ok(())
    }

    fn on_thought(&mut self, thought: &Thought) -> io::Result<()> {
        self.view.on_thought(thought, width());
        self.show()
    }

    fn on_phase(&mut self, progress: &CallProgress) -> io::Result<()> {
        self.view.on_phase(progress);
        self.show()
    }

    fn can_show_menu(&self) -> bool {
        self.view.offers_menu()
    }

    fn set_menu(&mut self, menu: Option<String>) -> io::Result<()> {
        self.view.set_menu(menu);
        self.show()
    }

    fn message(&mut self, text: &str) -> io::Result<()> {
        let live = self.live_lines();
        let lines = wrap(text, self.status_area.width().saturating_sub(1)).join("\n");
        self.status_area.show(&(lines + "\n"), live)
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.status_area.clear()
    }

    fn resume(&mut self) -> io::Result<()> {
        self.status_area.forget_drawn();
        self.show()
    }

    fn tick(&mut self, elapsed: Duration) -> io::Result<()> {
        self.view.set_elapsed(elapsed);
        let live = self.live_lines();
        self.status_area.tick(live, elapsed)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.status_area.clear()?;
        let transcript = self.view.transcript();
        match self.format {
            DocumentFormat::Box => {
                let mut stdout = charset::stdout();
                let lines = verdict(transcript, width());
                lines.iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
                stdout.flush()
            }
            DocumentFormat::Verdict => {
                let mut stdout = charset::stdout();
                let text = transcript.verdict_markdown().unwrap_or_default();
                stdout.write_all(text.as_bytes())?;
                stdout.flush()
            }
            DocumentFormat::Markdown => print(&transcript.to_markdown()),
            DocumentFormat::Html => print(&transcript.to_html()),
            DocumentFormat::Json => print(&(serde_json::to_string_pretty(transcript)? + "\n")),
            DocumentFormat::Log => Ok(()),
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
