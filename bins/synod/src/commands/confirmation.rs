use std::io::{self, IsTerminal, Write};

use crate::output::charset;

/// Asks a question on the terminal; anything but yes is no. `None` if there is no terminal to ask on.
pub(super) fn ask(question: &str) -> io::Result<Option<bool>> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut stderr = anstream::stderr().lock();
    write!(stderr, "{} [y/N] ", charset::readable(question))?;
    stderr.flush()?;
    let mut answer = String::new();
    if io::stdin().read_line(&mut answer)? == 0 {
        writeln!(stderr)?;
    }
    let answer = answer.trim();
    Ok(Some(["y", "yes"].iter().any(|yes| answer.eq_ignore_ascii_case(yes))))
}
