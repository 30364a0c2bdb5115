use std::io::{self, IsTerminal, Write};

use textwrap::core::display_width;

use crate::{
    output::{charset, width},
    view::cut,
};

/// No column is made narrower than this for the width of a terminal.
const NARROWEST: usize = 8;

/// Writes a table whose columns are as wide as they need to be. On a terminal that is too narrow the
/// widest ones are cut; in a pipe nothing is.
pub(super) fn write_table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    let widest = if io::stdout().is_terminal() { width() } else { usize::MAX };
    let mut stdout = charset::stdout();
    let mut lines = lines(head, rows, widest).into_iter();
    let dim = anstyle::Style::new().dimmed();
    if let Some(head) = lines.next() {
        writeln!(stdout, "{dim}{head}{dim:#}")?;
    }
    lines.try_for_each(|line| writeln!(stdout, "{line}"))?;
    stdout.flush()
}

fn lines<const N: usize>(head: [&str; N], rows: &[[String; N]], widest: usize) -> Vec<String> {
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].as_str()).chain([head[column]]);
        cells.map(display_width).max().unwrap_or(0)
    });
    let widths = fitted(widths, widest);
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| {
            let cell = cut(cell, width);
            let space = width.saturating_sub(display_width(&cell));
            format!("{cell}{}", " ".repeat(space))
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    std::iter::once(line(head)).chain(rows).collect()
}

/// Column widths that fit the terminal, with two spaces between columns; the widest shrink first.
fn fitted<const N: usize>(mut widths: [usize; N], widest: usize) -> [usize; N] {
    let room = widest.saturating_sub(2 * N.saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let Some(most) = widths.iter_mut().max().filter(|width| **width > NARROWEST) else { break };
        *most -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_model_of_300_characters_is_cut_on_a_terminal_and_whole_in_a_pipe() {
        let long = format!("my model {}", "x".repeat(291));
        let rows = [["gpu".to_owned(), long.clone(), "yes".to_owned()]];
        let shown = lines(["HOST", "MODEL", "LOADED"], &rows, 60);
        assert!(shown[1].starts_with("gpu   my model xxx"), "{shown:#?}");
        assert!(shown[1].ends_with("…  yes"), "{shown:#?}");
        assert!(shown.iter().all(|line| display_width(line) <= 60), "{shown:#?}");
        assert!(lines(["HOST", "MODEL", "LOADED"], &rows, usize::MAX)[1].contains(&long));
    }

    proptest! {
        #[test]
        fn columns_stay_aligned_under_every_width(
            cells in prop::collection::vec("[a-zé雪 ]{0,40}", 9),
            widest in 20_usize..200,
        ) {
            let cells: Vec<String> = cells;
            let rows: Vec<[String; 3]> =
                cells.chunks(3).map(|row| std::array::from_fn(|i| row[i].clone())).collect();
            let wide = fitted(
                std::array::from_fn::<_, 3, _>(|i| {
                    rows.iter().map(|row| display_width(&row[i])).max().unwrap_or(0).max(4)
                }),
                widest,
            );
            prop_assert!(wide.iter().sum::<usize>() + 4 <= widest.max(3 * NARROWEST + 4));
            for line in lines(["HEAD", "HEAD", "HEAD"], &rows, widest) {
                prop_assert!(display_width(&line) <= widest.max(3 * NARROWEST + 4));
            }
        }
    }
}
