use std::{
    io::{self, Write},
    time::Duration,
};

use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::Recorded;

use super::{Bottom, Output, charset, width};
use crate::view::{Live, View, verdict, wrap};

/// The written form.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// The verdict in a box, for a terminal.
    Box,
    /// The verdict as Markdown.
    Verdict,
    /// The whole debate as Markdown.
    Markdown,
    /// The whole debate as one file of HTML.
    Html,
    /// The whole debate as JSON.
    Json,
    /// The log, one event per line, each flushed as it happens.
    Log,
}

/// A document on stdout: at the end of the debate, but for the log.
pub(super) struct Document {
    view: View,
    form: Form,
    bottom: Bottom,
}

impl Document {
    pub(super) fn new(form: Form, view: View, bottom: Bottom) -> Self {
        Self { view, form, bottom }
    }

    fn show(&mut self) -> io::Result<()> {
        let live = self.live();
        self.bottom.show("", live)
    }

    fn live(&self) -> Live {
        Live { tail: String::new(), ..self.view.live(self.bottom.width()) }
    }
}

impl Output for Document {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.view.record(recorded, width());
        self.show()?;
        match self.form {
            Form::Log => print(&(serde_json::to_string(recorded)? + "\n")),
            Form::Box | Form::Verdict | Form::Markdown | Form::Html | Form::Json => Ok(()),
        }
    }

    fn delta(&mut self, _: &TurnDelta) -> io::Result<()> {
        Ok(())
    }

    fn thought(&mut self, thought: &Thought) -> io::Result<()> {
        self.view.think(thought, width());
        self.show()
    }

    fn phase(&mut self, progress: &CallProgress) -> io::Result<()> {
        self.view.reach(progress);
        self.show()
    }

    fn can_ask(&self) -> bool {
        self.view.offers_menu()
    }

    fn ask(&mut self, menu: Option<String>) -> io::Result<()> {
        self.view.ask(menu);
        self.show()
    }

    fn tell(&mut self, text: &str) -> io::Result<()> {
        let live = self.live();
        let lines = wrap(text, self.bottom.width().saturating_sub(1)).join("\n");
        self.bottom.show(&(lines + "\n"), live)
    }

    fn leave(&mut self) -> io::Result<()> {
        self.bottom.clear()
    }

    fn come_back(&mut self) -> io::Result<()> {
        self.bottom.begin_anew();
        self.show()
    }

    fn tick(&mut self, elapsed: Duration) -> io::Result<()> {
        self.view.elapse(elapsed);
        let live = self.live();
        self.bottom.tick(live, elapsed)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.bottom.clear()?;
        let transcript = self.view.transcript();
        match self.form {
            Form::Box => {
                let mut stdout = charset::stdout();
                let lines = verdict(transcript, width());
                lines.iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
                stdout.flush()
            }
            Form::Verdict => {
                let mut stdout = charset::stdout();
                let text = transcript.verdict_markdown().unwrap_or_default();
                stdout.write_all(text.as_bytes())?;
                stdout.flush()
            }
            Form::Markdown => print(&transcript.to_markdown()),
            Form::Html => print(&transcript.to_html()),
            Form::Json => print(&(serde_json::to_string_pretty(transcript)? + "\n")),
            Form::Log => Ok(()),
        }
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
