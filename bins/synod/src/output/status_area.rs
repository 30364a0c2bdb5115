use std::{io, time::Duration};

use anstream::adapter::strip_str;
use console::Term;
use textwrap::core::display_width;

use super::{charset, say, width_of};
use crate::view::{LiveLines, cut};

/// The frames of the spinner.
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// The same in ASCII.
const ASCII_FRAMES: [char; 4] = ['|', '/', '-', '\\'];
/// If lines cannot change in place, the status is printed this long after the last line.
const FIRST_REPORT: Duration = Duration::from_secs(10);
/// Columns of a line in a log.
const LOG_WIDTH: usize = 160;
/// In a log, the interval of the status grows up to this.
const MAX_INTERVAL: Duration = Duration::from_secs(60);

/// The lines at the bottom of a terminal that change in place, below permanent lines. If the terminal cannot
/// move its cursor or shows a log too, or if stderr is not a terminal, a status line is printed from time
/// to time instead.
pub(super) struct StatusArea {
    /// The terminal, if the status goes to one.
    term: Option<Term>,
    /// Whether the status goes to stderr, which is not a terminal.
    is_log: bool,
    /// Time from the last line to the next status line.
    interval: Duration,
    /// Whether lines may change in place.
    draws: bool,
    live: LiveLines,
    frame: usize,
    /// Time since the debate began.
    now: Duration,
    /// Time of the last added line.
    last_added: Duration,
    /// The widths of the lines that are drawn now.
    drawn: Vec<usize>,
}

impl StatusArea {
    /// Creates the area on a terminal. Nothing is shown if `term` is not a terminal. Lines change in place
    /// only if `draws`.
    pub(super) fn on(term: Term, draws: bool) -> Self {
        Self { term: Some(term).filter(Term::is_term), draws, ..Self::hidden() }
    }

    /// Creates the area on stderr that is not a terminal.
    pub(super) fn in_log() -> Self {
        Self { is_log: true, ..Self::hidden() }
    }

    /// Creates an area that shows nothing.
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

    /// Whether the status goes to stderr that is not a terminal.
    pub(super) const fn is_log(&self) -> bool {
        self.is_log
    }

    /// Columns of the terminal, or of a line in a log.
    pub(super) fn width(&self) -> usize {
        match &self.term {
            Some(term) => width_of(term),
            None => LOG_WIDTH,
        }
    }

    /// Adds permanent lines, each with its line break, and shows the current status.
    pub(super) fn show(&mut self, lines: &str, live: LiveLines) -> io::Result<()> {
        let has_changed = !lines.is_empty() || self.live != live;
        self.live = live;
        if !self.draws {
            return if lines.is_empty() { Ok(()) } else { self.add(lines) };
        }
        if has_changed { self.draw(lines) } else { Ok(()) }
    }

    /// Updates what depends on time. `now` is the time since the debate began.
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

    /// Whether the last line is so long ago that the status is printed now.
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

    /// Adds permanent lines.
    fn add(&mut self, lines: &str) -> io::Result<()> {
        self.last_added = self.now;
        match &self.term {
            Some(term) => term.write_str(&charset::readable(lines)),
            None => Ok(()),
        }
    }

    /// Erases the changing lines.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let Some(term) = &self.term else { return Ok(()) };
        let erase = self.erase(term);
        self.drawn.clear();
        term.write_str(&erase)
    }

    /// Forgets the drawn lines, because other processes have written since.
    pub(super) fn forget_drawn(&mut self) {
        self.drawn.clear();
    }

    fn draw(&mut self, lines: &str) -> io::Result<()> {
        let Some(term) = &self.term else { return Ok(()) };
        let frames: &[char] = if charset::is_ascii() { &ASCII_FRAMES } else { &FRAMES };
        let status = format!("{} {}", frames[self.frame % frames.len()], self.live.status);
        // A single write, so that the terminal shows no intermediate state.
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

    /// Moves to the first of the changing lines and erases them. A terminal that has become narrower in the
    /// meantime has wrapped them onto more rows.
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
    fn status_is_printed_less_often_in_logs_than_on_terminals() {
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
    fn empty_status_is_not_printed() {
        let mut status_area = StatusArea { now: Duration::from_secs(99), ..StatusArea::in_log() };
        assert!(!status_area.is_report_due());
    }
}
