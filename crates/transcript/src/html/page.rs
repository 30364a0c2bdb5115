use crate::{
    printable::{on_one_line, printable},
    table::Table,
};

/// The body of a page, element by element.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// Adds an element that holds this HTML.
    pub(super) fn element(&mut self, tag: &str, html: &str) {
        self.0.extend(["<", tag, ">", html, "</", tag, ">\n"]);
    }

    /// Adds what someone wrote, line for line.
    pub(super) fn quote(&mut self, text: &str) {
        let lines =
            printable(text).trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        self.element("blockquote", &escape(&lines));
    }

    /// Adds a list of items in HTML.
    pub(super) fn list(&mut self, items: impl Iterator<Item = String>) {
        let items: String = items.map(|item| format!("<li>{item}</li>\n")).collect();
        self.element("ul", &format!("\n{items}"));
    }

    pub(super) fn table(&mut self, table: &Table) {
        let row = |cells: String| format!("<tr>{cells}</tr>\n");
        let head = table.head.iter().map(|cell| format!("<th scope=\"col\">{cell}</th>"));
        let cells = |cells: &Vec<String>| {
            row(cells.iter().map(|cell| format!("<td>{}</td>", inline(cell))).collect())
        };
        let rows: String = table.rows.iter().map(cells).collect();
        // Wide tables scroll by themselves, and leave the page where it is.
        self.element(
            "div",
            &format!(
                "<table>\n<thead>{}</thead>\n<tbody>\n{rows}</tbody>\n</table>",
                row(head.collect()).trim_end()
            ),
        );
    }

    pub(super) fn into_html(self) -> String {
        self.0
    }
}

/// A text on one line, as HTML that shows it and does nothing else.
pub(super) fn inline(text: &str) -> String {
    escape(&on_one_line(text))
}

/// A text as HTML, in elements and in attributes within quotes.
pub(super) fn escape(text: &str) -> String {
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
