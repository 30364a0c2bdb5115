//! Rendering as one HTML file.

use crate::{
    document::{Block, Document, Line, Style},
    table::DocumentTable,
};

/// The content security policy of a page with a transcript: it allows the style of the page, and nothing
/// else. The page contains the policy, because it may be opened as a file.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("html/style.css");

/// Renders a page that loads nothing and runs nothing.
pub(crate) fn render(document: &Document) -> String {
    let title = escaped(&document.title);
    let body: String = document.blocks.iter().map(block).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{CONTENT_SECURITY_POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Section(heading) => format!("<h2>{}</h2>\n", escaped(heading)),
        Block::Subsection(heading) => format!("<h3>{}</h3>\n", escaped(heading)),
        Block::Paragraph(text) => format!("<p>{}</p>\n", line(text)),
        Block::Quote(text) => format!("<blockquote>{}</blockquote>\n", escaped(text)),
        Block::List(items) => {
            let items = items.iter().map(|item| format!("<li>{}</li>\n", line(item)));
            format!("<ul>\n{}</ul>\n", items.collect::<String>())
        }
        Block::Table(content) => table(content),
    }
}

/// A table in an element that scrolls if the table is wider than the page.
fn table(table: &DocumentTable) -> String {
    let head = table.head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", escaped(cell)));
    let rows = table.rows.iter().map(|cells| {
        let cells = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    });
    format!(
        "<div><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n",
        head.collect::<String>(),
        rows.collect::<String>()
    )
}

fn line(line: &Line) -> String {
    line.render(escaped, marked)
}

fn marked(style: Style, text: String) -> String {
    match style {
        Style::Plain => text,
        Style::Strong => format!("<strong>{text}</strong>"),
        Style::Emphasis => format!("<em>{text}</em>"),
        Style::Code => format!("<code>{text}</code>"),
    }
}

/// A text as HTML that shows it, in elements and in attributes within quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
