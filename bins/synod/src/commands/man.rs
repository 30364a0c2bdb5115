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
    bounded_read,
    output::say,
};

/// Sections of the pages `synod` and `synod-debate`.
const EXAMPLES_AND_FILES: &str = r#".SH EXAMPLES
Three participants debate, using the available models:
.PP
.nf
    synod debate "Should a small town close its centre to cars?"
.fi
.PP
Two options, two models, and the whole debate as a document:
.PP
.nf
    synod debate "Tabs or spaces?" \-\-option Tabs \-\-option Spaces \e
        \-m llama3.2:3b,qwen3:8b \-o md > debate.md
.fi
.PP
The question from a file, with a report as context for all participants:
.PP
.nf
    synod debate \-\-file question.txt \- < report.txt
.fi
.PP
Write a log and verify it:
.PP
.nf
    synod debate "Tabs or spaces?" \-o ndjson > log.ndjson
    synod verify log.ndjson
.fi
.PP
List the stored debates, and show the newest again:
.PP
.nf
    synod list
    synod show last
.fi
.PP
Back up all data, while a server runs, and restore it on another machine:
.PP
.nf
    synod backup synod.db
    synod restore synod.db
.fi
.SH FILES
.TP
.I ~/.local/share/synod
The stored debates, unless \-\-data or synod.toml names another directory; under
$XDG_DATA_HOME if that is set.
.TP
.I ./synod.toml
Configuration of server, hosts, agents and debates, unless \-\-config names another file;
`synod config init` writes a file with every key. Variables SYNOD__SECTION__KEY override it, and flags
override both.
.TP
.I ~/.local/share/synod
The data directory: debates, agents and tasks, and backups in its folder backups; under $XDG_DATA_HOME or
in $STATE_DIRECTORY if that is set. \-\-data names another one.
.TP
.I ~/.cache/synod/models
Weights of the demo model, in builds that include it; under $XDG_CACHE_HOME if that is set.
.SH ENVIRONMENT
.TP
.B OLLAMA_HOST
Address of the Ollama server; http:// and the port are optional.
.TP
.B SYNOD__SECTION__KEY
A setting, such as SYNOD__DEBATE__ROUNDS or SYNOD__SERVER__PORT.
.TP
.B RUST_LOG
Log filter for stderr; takes precedence over \-\-verbose.
.TP
.B NO_COLOR
Any value disables colours.
.TP
.BR LC_ALL ", " LC_CTYPE ", " LANG ", " TERM
In the locale C, in a locale without UTF-8, and on a dumb terminal, output is ASCII.
"#;

const EXIT_STATUS: &str = ".SH \"EXIT STATUS\"\n";

/// Prints the manual page of the command, or writes the pages of all subcommands to a folder.
pub(super) fn run(args: &ManArgs) -> Result<(), CliError> {
    // `help` would only repeat the other pages.
    let mut command = Args::command().disable_help_subcommand(true);
    // Gives subcommands their full names and the global options.
    command.build();
    if let Some(folder) = &args.into {
        return write_pages(&bounded_read::expand_tilde(folder), &command);
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(&page(&command)?)?;
    Ok(stdout.flush()?)
}

fn write_pages(folder: &Path, command: &Command) -> Result<(), CliError> {
    let cannot = |path: &Path, error: io::Error| {
        CliError::Failed(format!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    let pages = pages("synod", command);
    for (name, command) in &pages {
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page(command)?).map_err(|error| cannot(&path, error))?;
    }
    say(&format!("wrote {} pages to {}", pages.len(), folder.display()));
    Ok(())
}

/// Returns a command and its subcommands, each with the name of its page.
fn pages(name: &str, command: &Command) -> Vec<(String, Command)> {
    let mut pages = vec![(name.to_owned(), command.clone())];
    for subcommand in command.get_subcommands() {
        pages.extend(self::pages(&format!("{name}-{}", subcommand.get_name()), subcommand));
    }
    pages
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let title = command.get_display_name().unwrap_or("synod").to_owned();
    Man::new(command.clone()).title(title.to_uppercase()).render(&mut page)?;
    // clap_mangen puts the text after the help under the heading EXTRA.
    let page = String::from_utf8_lossy(&page)
        .replace(".SH EXTRA\nDefaults:\n", ".SH DEFAULTS\n")
        .replace(".SH EXTRA\nExit codes:\n", EXIT_STATUS)
        .replace("Exit codes:\n", EXIT_STATUS)
        .replace(".SH EXTRA\n", ".SH EXAMPLES\n");
    let has_examples = ["synod", "synod-debate"].contains(&title.as_str());
    Ok((page + if has_examples { EXAMPLES_AND_FILES } else { "" }).into_bytes())
}
