use std::io::{self, Write};

use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::Recorded;

use super::{Bottom, Output, width};
use crate::view::{Live, View};

/// The log on stdout, one event per line, each flushed as it happens.
pub(super) struct LogLines {
    view: View,
    bottom: Bottom,
}

impl LogLines {
    pub(super) fn new(view: View, bottom: Bottom) -> Self {
        Self { view, bottom }
    }

    fn show(&mut self) -> io::Result<()> {
        self.bottom.show("", Live { tail: String::new(), ..self.view.live(width()) })
    }
}

impl Output for LogLines {
    fn event(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.view.record(recorded, width());
        self.show()?;
        let mut line = serde_json::to_string(recorded)?;
        line.push('\n');
        let mut stdout = io::stdout().lock();
        stdout.write_all(line.as_bytes())?;
        stdout.flush()
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

    fn tick(&mut self) -> io::Result<()> {
        self.bottom.tick()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.bottom.clear()
    }
}
