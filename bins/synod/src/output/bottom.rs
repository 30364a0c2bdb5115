use std::io;

use anstream::adapter::strip_str;
use console::Term;
use textwrap::core::display_width;

use crate::view::Live;

/// The pictures of the spinner.
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// The lines at the bottom of a terminal that change in place, below lines that stay.
pub(super) struct Bottom {
    /// `None`: nothing is drawn.
    term: Option<Term>,
    live: Live,
    frame: usize,
    /// The widths of the lines that stand there now.
    drawn: Vec<usize>,
}

impl Bottom {
    /// On this terminal; if it is none, nothing is drawn.
    pub(super) fn on(term: Term) -> Self {
        let term = Some(term).filter(Term::is_term);
        Self { term, live: Live::default(), frame: 0, drawn: Vec::new() }
    }

    /// Nowhere.
    pub(super) fn hidden() -> Self {
        Self { term: None, live: Live::default(), frame: 0, drawn: Vec::new() }
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.term.is_none()
    }

    /// Adds lines above, each with its line break, and shows what goes on now.
    pub(super) fn show(&mut self, lines: &str, live: Live) -> io::Result<()> {
        let is_news = !lines.is_empty() || self.live != live;
        self.live = live;
        if is_news { self.draw(lines) } else { Ok(()) }
    }

    /// Turns the spinner.
    pub(super) fn tick(&mut self) -> io::Result<()> {
        self.frame = (self.frame + 1) % FRAMES.len();
        self.draw("")
    }

    /// Leaves only the lines that stay.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let Some(term) = &self.term else { return Ok(()) };
        let erase = self.erase(term);
        self.drawn.clear();
        term.write_str(&erase)
    }

    /// Forgets what stands there: others have written since.
    pub(super) fn begin_anew(&mut self) {
        self.drawn.clear();
    }

    fn draw(&mut self, lines: &str) -> io::Result<()> {
        let Some(term) = &self.term else { return Ok(()) };
        let status = format!("{} {}", FRAMES[self.frame], self.live.status);
        // One write, so that the terminal shows no state in between.
        let changing: Vec<&str> = [&*self.live.tail, &status]
            .into_iter()
            .chain(self.live.menu.iter().map(String::as_str))
            .collect();
        let text = format!("{}{lines}{}", self.erase(term), changing.join("\n"));
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
