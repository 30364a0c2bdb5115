use std::{io, time::Duration};

use anstream::adapter::strip_str;
use console::Term;
use textwrap::core::display_width;

use super::{charset, say, width_of};
use crate::view::{LiveLines, cut};

/// The pictures of the spinner.
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// The same in ASCII.
const ASCII_FRAMES: [char; 4] = ['|', '/', '-', '\\'];
/// Where lines cannot change in place, the status is printed this long after the last line.
const FIRST_REPORT: Duration = Duration::from_secs(10);
/// Columns of a line of a log.
const LOG_WIDTH: usize = 160;
/// In a log it is printed less and less often, at least this often.
const MAX_INTERVAL: Duration = Duration::from_secs(60);

/// The lines at the status_area of a terminal that change in place, below lines that stay. On a terminal
/// that cannot move its cursor or shares it with a log, and where stderr is no terminal, a line now and
/// then in their place.
pub(super) struct StatusArea {
    /// `None`: nothing is shown but in a log.
    term: Option<Term>,
    /// Stderr is no terminal; the status goes there.
    is_log: bool,
    /// How long after the last line the status is printed.
    interval: Duration,
    /// Lines may change in place.
    draws: bool,
    live: LiveLines,
    frame: usize,
    /// Since the debate began.
    now: Duration,
    /// When the last line was added.
    last_added: Duration,
    /// The widths of the lines that stand there now.
    drawn: Vec<usize>,
}

impl StatusArea {
    /// On this terminal; if it is none, nothing is shown. Only if it `draws` do lines change in
    /// place.
    pub(super) fn on(term: Term, draws: bool) -> Self {
        Self { term: Some(term).filter(Term::is_term), draws, ..Self::hidden() }
    }

    /// On a stderr that is no terminal.
    pub(super) fn in_log() -> Self {
        Self { is_log: true, ..Self::hidden() }
    }

    /// Nowhere.
    pub(super) fn hidden() -> Self {
        Self {
            term: None,
            is_log: false,
            interval: FIRST_REPORT,
            draws: false,
            live: LiveLines::default(),
            frame: 0,
            now: Duration::ZERO,
            last_added: Duration::ZERO,
            drawn: Vec::new(),
        }
    }

    /// Whether lines change in place.
    pub(super) fn draws(&self) -> bool {
        self.draws && self.term.is_some()
    }

    /// Whether the status goes to a stderr that is no terminal.
    pub(super) const fn is_log(&self) -> bool {
        self.is_log
    }

    /// Columns of the terminal that the status is on. A log has none, but its lines are read.
    pub(super) fn width(&self) -> usize {
        match &self.term {
            Some(term) => width_of(term),
            None => LOG_WIDTH,
        }
    }

    /// Adds lines above, each with its line break, and shows the current status.
    pub(super) fn show(&mut self, lines: &str, live: LiveLines) -> io::Result<()> {
        let has_changed = !lines.is_empty() || self.live != live;
        self.live = live;
        if !self.draws {
            return if lines.is_empty() { Ok(()) } else { self.add(lines) };
        }
        if has_changed { self.draw(lines) } else { Ok(()) }
    }

    /// Updates what depends on time. `elapsed`: since the debate began.
    pub(super) fn tick(&mut self, live: LiveLines, now: Duration) -> io::Result<()> {
        self.now = now;
        self.live = live;
        if self.draws() {
            self.frame = self.frame.wrapping_add(1);
            return self.draw("");
        }
        if !self.is_report_due() {
            return Ok(());
        }
        if self.is_log {
            say(&self.live.status);
            return Ok(());
        }
        let width = self.term.as_ref().map_or(80, |term| usize::from(term.size().1));
        let status = cut(&format!("({})", self.live.status), width.saturating_sub(1));
        self.add(&(status + "\n"))
    }

    /// Whether nothing was added for so long that the status is printed now.
    fn is_report_due(&mut self) -> bool {
        if self.now.saturating_sub(self.last_added) < self.interval || self.live.status.is_empty() {
            return false;
        }
        self.last_added = self.now;
        if self.is_log {
            self.interval = MAX_INTERVAL.min(self.interval * 2);
        }
        true
    }

    /// Adds lines that stay.
    fn add(&mut self, lines: &str) -> io::Result<()> {
        self.last_added = self.now;
        match &self.term {
            Some(term) => term.write_str(&charset::readable(lines)),
            None => Ok(()),
        }
    }

    /// Leaves only the lines that stay.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let Some(term) = &self.term else { return Ok(()) };
        let erase = self.erase(term);
        self.drawn.clear();
        term.write_str(&erase)
    }

    /// Forgets what was drawn: others have written since.
    pub(super) fn forget_drawn(&mut self) {
        self.drawn.clear();
    }

    fn draw(&mut self, lines: &str) -> io::Result<()> {
        let Some(term) = &self.term else { return Ok(()) };
        let frames: &[char] = if charset::is_ascii() { &ASCII_FRAMES } else { &FRAMES };
        let status = format!("{} {}", frames[self.frame % frames.len()], self.live.status);
        // One write, so that the terminal shows no state in between.
        let changing: Vec<&str> = [&*self.live.tail, &status]
            .into_iter()
            .chain(self.live.menu.iter().map(String::as_str))
            .collect();
        let (lines, changing_text) = (charset::readable(lines), changing.join("\n"));
        let text = format!("{}{lines}{}", self.erase(term), charset::readable(&changing_text));
        self.drawn =
            changing.iter().map(|line| display_width(&strip_str(line).to_string())).collect();
        term.write_str(&text)
    }

    /// Moves to where the changing lines begin and erases them. A terminal that has become narrower
    /// since has wrapped them onto more rows.
    fn erase(&self, term: &Term) -> String {
        let columns = usize::from(term.size().1).max(1);
        let rows: usize = self.drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum();
        match rows {
            0 => String::new(),
            1 => "\r\u{1b}[J".to_owned(),
            rows => format!("\r\u{1b}[{}A\u{1b}[J", rows - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_signs_of_life_less_and_less_often_and_a_terminal_regularly() {
        let due = |mut status_area: StatusArea| {
            status_area.live.status = "round 1".to_owned();
            let due = (0..300).filter(|second| {
                status_area.now = Duration::from_secs(*second);
                status_area.is_report_due()
            });
            due.collect::<Vec<_>>()
        };
        assert_eq!(due(StatusArea::in_log()), [10, 30, 70, 130, 190, 250]);
        assert_eq!(due(StatusArea::hidden()).len(), 29);
    }

    #[test]
    fn nothing_is_a_sign_before_there_is_a_status() {
        let mut status_area = StatusArea { now: Duration::from_secs(99), ..StatusArea::in_log() };
        assert!(!status_area.is_report_due());
    }
}
