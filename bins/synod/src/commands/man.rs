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

/// What follows on the pages of the command and of its debates.
const EXAMPLES_AND_FILES: &str = r#".SH EXAMPLES
Three participants debate with the models there are:
.PP
.nf
    synod debate "Should a small town close its centre to cars?"
.fi
.PP
Two answers to choose from, two models, and all of it as a document:
.PP
.nf
    synod debate "Tabs or spaces?" \-\-option Tabs \-\-option Spaces \e
        \-m llama3.2:3b,qwen3:8b \-o md > debate.md
.fi
.PP
A question from a file, with a report as context for all:
.PP
.nf
    synod debate \-\-file question.txt \- < report.txt
.fi
.PP
A log, and what it proves:
.PP
.nf
    synod debate "Tabs or spaces?" \-o ndjson > log.ndjson
    synod verify log.ndjson
.fi
.SH FILES
.TP
.I ./synod.toml
Server, hosts, agents and defaults of debates, unless \-\-config names another file;
`synod config init` writes one with every key. Variables SYNOD__SECTION__KEY overrule it, and flags
overrule both.
.TP
.I ~/.cache/synod/models
Weights of the demo model, in builds that have it; in $XDG_CACHE_HOME where that is set.
.SH ENVIRONMENT
.TP
.B OLLAMA_HOST
The Ollama that serves models: an address, with http:// and a port or without.
.TP
.B SYNOD__SECTION__KEY
A setting, such as SYNOD__DEBATE__ROUNDS or SYNOD__SERVER__PORT.
.TP
.B RUST_LOG
What is logged to stderr, more precisely than \-\-verbose says.
.TP
.B NO_COLOR
With any value, no colours.
.TP
.BR LC_ALL ", " LC_CTYPE ", " LANG ", " TERM
In the locale C or one without UTF-8, and on a dumb terminal, ASCII is written.
"#;

const EXIT_STATUS: &str = ".SH \"EXIT STATUS\"\n";

/// Prints the manual page of the command, or writes those of all its parts into a folder.
pub(super) fn run(args: &ManArgs) -> Result<(), CliError> {
    // `help` only prints what the pages say.
    let mut command = Args::command().disable_help_subcommand(true);
    // Names the parts in full and hands the common options down to them.
    command.build();
    if let Some(folder) = &args.into {
        return into(&bounded_read::expand_tilde(folder), &command);
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
        .replace(".SH EXTRA\nDefaults:\n", ".SH DEFAULTS\n")
        .replace(".SH EXTRA\nExit codes:\n", EXIT_STATUS)
        .replace("Exit codes:\n", EXIT_STATUS)
        .replace(".SH EXTRA\n", ".SH EXAMPLES\n");
    let has_debates = ["synod", "synod-debate"].contains(&title.as_str());
    Ok((page + if has_debates { EXAMPLES_AND_FILES } else { "" }).into_bytes())
}
