//! Rendering as Markdown (CommonMark, with the tables of GitHub).

mod escape;

use std::iter;

use crate::{
    document::{Block, Document, Line, Style},
    table::DocumentTable,
};
use escape::{escaped, quote};

/// Renders the blocks with a blank line between them.
pub(crate) fn render(document: &Document) -> String {
    let title = format!("# {}\n", escaped(&document.title));
    let blocks: Vec<_> = iter::once(title).chain(document.blocks.iter().map(block)).collect();
    blocks.join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Section(heading) => format!("## {}\n", escaped(heading)),
        Block::Subsection(heading) => format!("### {}\n", escaped(heading)),
        Block::Paragraph(text) => format!("{}\n", line(text)),
        Block::Quote(text) => quote(text),
        Block::List(items) => items.iter().map(|item| format!("- {}\n", line(item))).collect(),
        Block::Table(content) => table(content),
    }
}

fn table(table: &DocumentTable) -> String {
    let head = format!("| {} |\n", table.head.join(" | "));
    let rule = format!("|{}\n", " --- |".repeat(table.head.len()));
    let rows = table.rows.iter().map(|row| {
        let cells: Vec<_> = row.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    });
    [head, rule].into_iter().chain(rows).collect()
}

fn line(line: &Line) -> String {
    line.render(escaped, marked)
}

fn marked(style: Style, text: String) -> String {
    match style {
        Style::Plain => text,
        Style::Strong => format!("**{text}**"),
        Style::Emphasis => format!("*{text}*"),
        Style::Code => format!("`{text}`"),
    }
}
