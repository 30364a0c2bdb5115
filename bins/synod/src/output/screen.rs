use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use synod_debate_engine::{CallProgress, TurnDelta};
use synod_domain::Recorded;

use super::{Output, Spinner, width};
use crate::view::{Live, View};

/// A terminal: lines that stay, and below them what goes on.
pub(super) struct Screen {
    view: View,
    spinner: Spinner,
    is_colored: bool,
}

impl Screen {
    pub(super) fn new(spinner: Spinner) -> Self {
        let is_colored = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self { view: View::default(), spinner, is_colored }
    }

    fn add(&self, lines: &[String]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let lines = self.colored(&(lines.join("\n") + "\n"));
        if self.spinner.is_hidden() {
            io::stdout().lock().write_all(lines.as_bytes())
        } else {
            self.spinner.add(&lines);
            Ok(())
        }
    }

    fn refresh(&self) {
        let Live { tail, status } = self.view.live(width());
        self.spinner.show(Live { tail: self.colored(&tail), status });
    }

    fn colored(&self, text: &str) -> String {
        if self.is_colored {
            text.to_owned()
        } else {
            anstream::adapter::strip_str(text).to_string()
        }
    }
}

impl Output for Screen {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        let lines = self.view.record(recorded, width());
        self.add(&lines)?;
        self.refresh();
        Ok(())
    }

    fn delta(&mut self, delta: &TurnDelta) -> io::Result<()> {
        let lines = self.view.hear(delta, width());
        self.add(&lines)?;
        self.refresh();
        Ok(())
    }

    fn phase(&mut self, progress: &CallProgress) -> io::Result<()> {
        self.view.reach(progress);
        self.refresh();
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.spinner.clear();
        io::stdout().flush()
    }
}
