use std::io::{self, Write};

use synod_debate_engine::{CallProgress, TurnDelta};
use synod_domain::Recorded;

use super::{Bottom, Output, width};
use crate::view::{Live, View};

/// The log on stdout, one event per line, each flushed as it happens.
pub(super) struct LogLines {
    view: View,
    bottom: Bottom,
}

impl LogLines {
    pub(super) fn new(bottom: Bottom) -> Self {
        Self { view: View::default(), bottom }
    }
}

impl Output for LogLines {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.view.record(recorded, width());
        self.bottom.show("", Live { tail: String::new(), ..self.view.live(width()) })?;
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

    fn tick(&mut self) -> io::Result<()> {
        self.bottom.tick()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.bottom.clear()
    }
}
