use std::io::{self, Write};

use synod_debate_engine::{CallProgress, TurnDelta};
use synod_domain::Recorded;

use super::{Output, Spinner, width};
use crate::view::{Live, View};

/// The log on stdout, one event per line, each flushed as it happens.
pub(super) struct LogLines {
    view: View,
    spinner: Spinner,
}

impl LogLines {
    pub(super) fn new(spinner: Spinner) -> Self {
        Self { view: View::default(), spinner }
    }
}

impl Output for LogLines {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.view.record(recorded, width());
        self.spinner.show(Live { status: self.view.live(width()).status, ..Live::default() });
        let mut line = serde_json::to_string(recorded)?;
        line.push('\n');
        let mut stdout = io::stdout().lock();
        stdout.write_all(line.as_bytes())?;
        stdout.flush()
    }

    fn delta(&mut self, _: &TurnDelta) -> io::Result<()> {
        Ok(())
    }

    fn phase(&mut self, progress: &CallProgress) -> io::Result<()> {
        self.view.reach(progress);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.spinner.clear();
        Ok(())
    }
}
