use textwrap::core::display_width;

use super::{Paint, wrap::wrap};

/// Minimum width of the gutter, so that it shows the titles of tables.
const NARROWEST_GUTTER: usize = 7;
/// The widest name that fits in the gutter, including the number of a statement.
const WIDEST_NAME: usize = 21;
/// Minimum width of a layout.
const NARROWEST: usize = 24;
/// Maximum width of text, because longer lines are hard to read.
const WIDEST_TEXT: usize = 96;

/// The columns of the view: names to the left of a bar, text to its right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    width: usize,
    gutter: usize,
}

impl Layout {
    /// Creates the layout for a terminal of this width and names of at most this width.
    pub(super) fn new(width: usize, widest_name: usize) -> Self {
        let width = width.max(NARROWEST);
        Self { width, gutter: widest_name.clamp(NARROWEST_GUTTER, WIDEST_NAME).min(width / 3) }
    }

    /// Columns to the right of the bar.
    pub(super) fn text_width(self) -> usize {
        // One column stays free, because some terminals wrap when the last one is written.
        (self.width - self.gutter - 5).min(WIDEST_TEXT)
    }

    /// Columns of a line without a gutter.
    pub(super) fn line_width(self) -> usize {
        self.width - 1
    }

    /// Formats a line with a name in the gutter.
    pub(super) fn line(self, name: &str, paint: Paint, text: &str) -> String {
        let name = cut(name, self.gutter);
        let space = " ".repeat(self.gutter.saturating_sub(display_width(&name)) + 1);
        let line = format!("{space}{} {} {text}", paint.on(&name), Paint::Note.on("│"));
        line.trim_end().to_owned()
    }

    /// Formats a complete text with a name at its first line.
    pub(super) fn named(self, name: &str, paint: Paint, text: &str) -> Vec<String> {
        let lines = wrap(text, self.text_width());
        let line =
            |(i, line): (usize, &String)| self.line(if i == 0 { name } else { "" }, paint, line);
        lines.iter().enumerate().map(line).collect()
    }

    /// Formats a remark about the debate.
    pub(super) fn note(self, text: &str) -> Vec<String> {
        let lines = wrap(text, self.text_width());
        lines.iter().map(|line| self.line("", Paint::Note, &Paint::Note.on(line))).collect()
    }

    /// Formats a horizontal rule with a title, after an empty line.
    pub(super) fn rule(self, title: &str) -> Vec<String> {
        let title = cut(title, self.line_width().saturating_sub(8));
        let width = self.line_width().min(WIDEST_TEXT + self.gutter);
        let rest = "─".repeat(width.saturating_sub(display_width(&title) + 4));
        let rule = format!(
            "{} {} {}",
            Paint::Note.on("──"),
            Paint::Strong.on(&title),
            Paint::Note.on(&rest)
        );
        vec![String::new(), rule, String::new()]
    }
}

/// Cuts a text that does not fit, ending with `…`.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if display_width(&kept) >= width {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// Pads or cuts a text to this width.
pub(super) fn column(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let space = width.saturating_sub(display_width(&text));
    text + &" ".repeat(space)
}
