use std::io::{self, IsTerminal, Write};

use textwrap::core::display_width;

use crate::{
    output::{charset, width},
    view::{cut, wrap_indented},
};

/// Minimum width of a column that is cut to fit a terminal.
const NARROWEST: usize = 8;

/// Minimum width of a last column that is cut.
const NARROWEST_LAST: usize = 16;

/// Writes a table with columns as wide as their cells. On a terminal that is too narrow, the widest
/// columns are cut; if that is not enough, each row becomes a list with one line per cell. In a pipe,
/// nothing is cut.
pub(super) fn write_table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    write_with(head, rows, fitted)
}

/// Writes a table as [`write_table`] does, but cuts only its last column.
pub(super) fn write_table_cutting_last<const N: usize>(
    head: [&str; N],
    rows: &[[String; N]],
) -> io::Result<()> {
    write_with(head, rows, fitted_last)
}

fn write_with<const N: usize>(
    head: [&str; N],
    rows: &[[String; N]],
    fit: impl FnOnce([usize; N], usize) -> Option<[usize; N]>,
) -> io::Result<()> {
    let widest = if io::stdout().is_terminal() { width() } else { usize::MAX };
    let mut stdout = charset::stdout();
    let lines = match fit(widths(head, rows), widest) {
        Some(widths) => {
            let dim = anstyle::Style::new().dimmed();
            writeln!(stdout, "{dim}{}{dim:#}", line(head, widths))?;
            rows.iter().map(|row| line(row.each_ref().map(String::as_str), widths)).collect()
        }
        None => lists(head, rows, widest),
    };
    lines.iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
    stdout.flush()
}

/// Returns the width of each column.
fn widths<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> [usize; N] {
    std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].as_str()).chain([head[column]]);
        cells.map(display_width).max().unwrap_or(0)
    })
}

/// Formats a row with columns of these widths.
fn line<const N: usize>(cells: [&str; N], widths: [usize; N]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| {
        let cell = cut(cell, width);
        let space = width.saturating_sub(display_width(&cell));
        format!("{cell}{}", " ".repeat(space))
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Formats each row as a list of headings and cells. Empty cells are omitted.
fn lists<const N: usize>(head: [&str; N], rows: &[[String; N]], widest: usize) -> Vec<String> {
    let label = head.map(display_width).into_iter().max().unwrap_or(0);
    let mut lines = Vec::new();
    for row in rows {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        for (head, cell) in head.iter().zip(row).filter(|(_, cell)| !cell.trim().is_empty()) {
            let text = format!("{head:<label$}  {cell}");
            lines.extend(wrap_indented(&text, widest, "    "));
        }
    }
    lines
}

/// Shrinks columns, the widest first, until they fit the terminal with two spaces between them.
/// `None` if they would become too narrow to read.
fn fitted<const N: usize>(mut widths: [usize; N], widest: usize) -> Option<[usize; N]> {
    let room = widest.saturating_sub(2 * N.saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let most = widths.iter_mut().max().filter(|width| **width > NARROWEST)?;
        *most -= 1;
    }
    Some(widths)
}

/// Shrinks the last column until the table fits. `None` if it would become too narrow to read.
fn fitted_last<const N: usize>(mut widths: [usize; N], widest: usize) -> Option<[usize; N]> {
    let room = widest.saturating_sub(2 * N.saturating_sub(1));
    let (last, others) = widths.split_last_mut()?;
    let left = room.saturating_sub(others.iter().sum());
    if *last > left {
        *last = Some(left).filter(|left| *left >= NARROWEST_LAST)?;
    }
    Some(widths)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All lines of the table, without colours.
    fn lines<const N: usize>(head: [&str; N], rows: &[[String; N]], widest: usize) -> Vec<String> {
        let Some(widths) = fitted(widths(head, rows), widest) else {
            return lists(head, rows, widest);
        };
        let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str), widths));
        std::iter::once(line(head, widths)).chain(rows).collect()
    }

    #[test]
    fn long_cells_are_cut_on_terminals_but_not_in_pipes() {
        let long = format!("my model {}", "x".repeat(291));
        let rows = [["gpu".to_owned(), long.clone(), "yes".to_owned()]];
        let shown = lines(["HOST", "MODEL", "LOADED"], &rows, 60);
        assert!(shown[1].starts_with("gpu   my model xxx"), "{shown:#?}");
        assert!(shown[1].ends_with("…  yes"), "{shown:#?}");
        assert!(shown.iter().all(|line| display_width(line) <= 60), "{shown:#?}");
        assert!(lines(["HOST", "MODEL", "LOADED"], &rows, usize::MAX)[1].contains(&long));
    }

    #[test]
    fn rows_become_lists_where_columns_do_not_fit() {
        let row = ["gpu", "qwen2.5-7b-instruct", "32768", "tiny: votes are only near chance", ""];
        let rows = [row.map(str::to_owned), row.map(str::to_owned)];
        let shown = lines(["HOST", "MODEL", "WINDOW", "NOTE", "SIZE"], &rows, 32);
        let list = [
            "HOST    gpu",
            "MODEL   qwen2.5-7b-instruct",
            "WINDOW  32768",
            "NOTE    tiny: votes are only",
            "    near chance",
        ];
        assert_eq!(shown, [&list[..], &[""], &list].concat());
    }

    #[test]
    fn only_the_last_column_is_cut() {
        assert_eq!(fitted_last([11, 8, 40], 60), Some([11, 8, 37]));
        assert_eq!(fitted_last([11, 8, 40], 80), Some([11, 8, 40]));
        assert_eq!(fitted_last([11, 8, 40], 38), None, "the rows become lists");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(
            cells in prop::collection::vec("[a-zé雪 ]{0,40}", 9),
            widest in 20_usize..200,
        ) {
            let cells: Vec<String> = cells;
            let rows: Vec<[String; 3]> =
                cells.chunks(3).map(|row| std::array::from_fn(|i| row[i].clone())).collect();
            for line in lines(["HEAD", "HEAD", "HEAD"], &rows, widest) {
                prop_assert!(display_width(&line) <= widest, "{line}");
            }
        }
    }
}
