use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use synod_debate_engine::{CallProgress, Thought, TurnDelta};
use synod_domain::Recorded;

use super::{Output, StatusArea, width};
use crate::view::{LiveLines, View};

/// A terminal with permanent lines and a changing status area below them.
pub(super) struct Screen {
    view: View,
    status_area: StatusArea,
    is_colored: bool,
}

impl Screen {
    pub(super) fn new(view: View, status_area: StatusArea) -> Self {
        let is_colored = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self { view, status_area, is_colored }
    }

    fn show(&mut self, lines: &[String]) -> io::Result<()> {
        let lines: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
        let lines = self.colored(&lines);
        let live = self.live_lines();
        self.status_area.show(&lines, live)
    }

    fn live_lines(&self) -> LiveLines {
        let live = self.view.live_lines(width());
        let tail = self.colored(&live.tail);
        LiveLines { tail, ..live }
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
    fn on_event(&mut self, recorded: &Recorded) -> io::Result<()> {
        let lines = self.view.on_event(recorded, width());
        self.show(&lines)
    }

    fn catch_up(&mut self, past: &[Arc<Recorded>]) -> io::Result<()> {
        let lines = self.view.catch_up(past, width());
        self.show(&lines)
    }

    fn on_delta(&mut self, delta: &TurnDelta) -> io::Result<()> {
        let lines = self.view.on_delta(delta, width());
        self.show(&lines)
    }

    fn on_thought(&mut self, thought: &Thought) -> io::Result<()> {
        let lines = self.view.on_thought(thought, width());
        self.show(&lines)
    }

    fn can_show_menu(&self) -> bool {
        self.view.offers_menu()
    }

    fn set_menu(&mut self, menu: Option<String>) -> io::Result<()> {
        self.view.set_menu(menu);
        self.show(&[])
    }

    fn message(&mut self, text: &str) -> io::Result<()> {
        let lines = self.view.message_lines(text, width());
        self.show(&lines)
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.status_area.clear()
    }

    fn resume(&mut self) -> io::Result<()> {
        self.status_area.forget_drawn();
        self.show(&[])
    }

    fn on_phase(&mut self, progress: &CallProgress) -> io::Result<()> {
        self.view.on_phase(progress);
        self.show(&[])
    }

    fn tick(&mut self, elapsed: Duration) -> io::Result<()> {
        self.view.set_elapsed(elapsed);
        let live = self.live_lines();
        self.status_area.tick(live, elapsed)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.status_area.clear()?;
        io::stdout().flush()
    }
}
