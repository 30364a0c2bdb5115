use synod_domain::DebateId;

use crate::printable::in_line;

/// A line of text in which some spans are marked.
#[derive(Default)]
pub(crate) struct Line(Vec<Span>);

/// A span of a line. Its text is printable and has no line break.
struct Span {
    style: Style,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Strong,
    Emphasis,
    Code,
}

impl Line {
    pub(crate) fn text(self, text: &str) -> Self {
        self.with(Style::Plain, text)
    }

    pub(crate) fn strong(self, text: &str) -> Self {
        self.with(Style::Strong, text)
    }

    pub(crate) fn emphasis(self, text: &str) -> Self {
        self.with(Style::Emphasis, text)
    }

    /// Adds an id as code, where Markdown could not escape a backtick.
    pub(crate) fn code(self, id: DebateId) -> Self {
        self.with(Style::Code, &id.to_string())
    }

    /// Renders the line. Each text is escaped by itself; spans of one style that follow each other are
    /// marked as one.
    pub(crate) fn render(
        &self,
        escaped: impl Fn(&str) -> String,
        marked: impl Fn(Style, String) -> String,
    ) -> String {
        let runs = self.0.chunk_by(|a, b| a.style == b.style);
        runs.filter_map(|run| {
            let text = run.iter().map(|span| escaped(&span.text)).collect();
            Some(marked(run.first()?.style, text))
        })
        .collect()
    }

    fn with(mut self, style: Style, text: &str) -> Self {
        self.0.push(Span { style, text: in_line(text) });
        self
    }
}
