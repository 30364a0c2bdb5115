use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::{
    CliError,
    args::{Args, ManArgs},
    output::say,
    small_file,
};

/// Prints the manual page of the command, or writes those of all its parts into a folder.
pub(super) fn run(args: &ManArgs) -> Result<(), CliError> {
    // `help` only prints what the pages say.
    let mut command = Args::command().disable_help_subcommand(true);
    // Names the parts in full and hands the common options down to them.
    command.build();
    if let Some(folder) = &args.into {
        return into(&small_file::at_home(folder), &command);
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(&page(&command)?)?;
    Ok(stdout.flush()?)
}

fn into(folder: &Path, command: &Command) -> Result<(), CliError> {
    let cannot = |path: &Path, error: io::Error| {
        CliError::Failed(format!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    let pages = pages("synod", command);
    for (name, command) in &pages {
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page(command)?).map_err(|error| cannot(&path, error))?;
    }
    say(&format!("wrote {} pages into {}", pages.len(), folder.display()));
    Ok(())
}

/// A command and its parts, each with the name of its page.
fn pages(name: &str, command: &Command) -> Vec<(String, Command)> {
    let mut pages = vec![(name.to_owned(), command.clone())];
    for part in command.get_subcommands() {
        pages.extend(self::pages(&format!("{name}-{}", part.get_name()), part));
    }
    pages
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let title = command.get_display_name().unwrap_or("synod").to_owned();
    Man::new(command.clone()).title(title.to_uppercase()).render(&mut page)?;
    // What follows a help is headed EXTRA, whatever it is.
    let page = String::from_utf8_lossy(&page)
        .replace(".SH EXTRA\nExit codes:\n", ".SH \"EXIT STATUS\"\n")
        .replace(".SH EXTRA\n", ".SH EXAMPLES\n");
    Ok(page.into_bytes())
}
