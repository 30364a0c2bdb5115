//! A debate as a document: the content that Markdown and HTML share, without the syntax of either.

mod debate;
mod line;
mod rules;

use crate::{printable::printable, table::DocumentTable};
pub(crate) use line::{Line, Style};

/// A title and the blocks below it. The texts may be hostile, so renderers escape all of them. No text holds
/// control characters, and quotes alone have line breaks.
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

pub(crate) enum Block {
    /// A heading of the second level.
    Section(String),
    /// A heading of the third level.
    Subsection(String),
    Paragraph(Line),
    /// Text that a model or a person wrote, line by line.
    Quote(String),
    List(Vec<Line>),
    Table(DocumentTable),
}

impl Block {
    fn note(sentence: &str) -> Self {
        Self::Paragraph(Line::default().emphasis(sentence))
    }

    fn sentence(text: &str) -> Self {
        Self::Paragraph(Line::default().text(text))
    }

    fn quote(text: &str) -> Self {
        let text = printable(text);
        Self::Quote(text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
    }
}
