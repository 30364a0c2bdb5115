use std::{
    io::{self, Write},
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::Recorded;

use super::{Bottom, Output, width};
use crate::view::{Live, View};

/// A terminal: permanent lines, and below them the changing status.
pub(super) struct Screen {
    view: View,
    bottom: Bottom,
    is_colored: bool,
}

impl Screen {
    pub(super) fn new(view: View, bottom: Bottom) -> Self {
        let is_colored = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self { view, bottom, is_colored }
    }

    fn show(&mut self, lines: &[String]) -> io::Result<()> {
        let lines: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
        let lines = self.colored(&lines);
        let live = self.live();
        self.bottom.show(&lines, live)
    }

    fn live(&self) -> Live {
        let live = self.view.live(width());
        let tail = self.colored(&live.tail);
        Live { tail, ..live }
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
        self.show(&lines)
    }

    fn delta(&mut self, delta: &TurnDelta) -> io::Result<()> {
        let lines = self.view.hear(delta, width());
        self.show(&lines)
    }

    fn thought(&mut self, thought: &Thought) -> io::Result<()> {
        let lines = self.view.think(thought, width());
        self.show(&lines)
    }

    fn can_ask(&self) -> bool {
        self.view.offers_menu()
    }

    fn ask(&mut self, menu: Option<String>) -> io::Result<()> {
        self.view.ask(menu);
        self.show(&[])
    }

    fn tell(&mut self, text: &str) -> io::Result<()> {
        let lines = self.view.tell(text, width());
        self.show(&lines)
    }

    fn leave(&mut self) -> io::Result<()> {
        self.bottom.clear()
    }

    fn come_back(&mut self) -> io::Result<()> {
        self.bottom.begin_anew();
        self.show(&[])
    }

    fn phase(&mut self, progress: &CallProgress) -> io::Result<()> {
        self.view.reach(progress);
        self.show(&[])
    }

    fn tick(&mut self, elapsed: Duration) -> io::Result<()> {
        self.view.elapse(elapsed);
        let live = self.live();
        self.bottom.tick(live, elapsed)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.bottom.clear()?;
        io::stdout().flush()
    }
}
