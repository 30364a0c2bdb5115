use std::io::{self, IsTerminal, Write};

use synod_domain::Recorded;
use synod_transcript::{Transcript, TranscriptFormat};

use crate::{
    CliError,
    args::ShowArgs,
    config::LogTable,
    environment::Environment,
    kept::Kept,
    output::{self, charset, say},
    view::{View, ViewOptions},
};

/// Shows a kept debate.
pub(super) async fn run(
    args: &ShowArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let summary = kept.find(&args.debate.id).await?;
    let events = kept.events(summary.id).await?;
    let transcript = || Transcript::of(events.iter().map(|recorded| &**recorded));
    match args.output {
        TranscriptFormat::Text if io::stdout().is_terminal() => {
            print_lines(events.iter().map(|recorded| &**recorded))?;
        }
        TranscriptFormat::Text => {
            let mut stdout = charset::stdout();
            stdout.write_all(transcript().to_text().as_bytes())?;
            stdout.flush()?;
        }
        TranscriptFormat::Markdown => print(&transcript().to_markdown())?,
        TranscriptFormat::Html => print(&transcript().to_html())?,
        TranscriptFormat::Json => {
            let json = serde_json::to_string_pretty(&transcript()).map_err(io::Error::from)?;
            print(&(json + "\n"))?;
        }
        TranscriptFormat::Ndjson => {
            let mut log = String::new();
            for recorded in &events {
                log += &serde_json::to_string(recorded).map_err(io::Error::from)?;
                log.push('\n');
            }
            print(&log)?;
        }
    }
    if let Some(text) = kept.state_in_words(&summary).await? {
        say(&text);
    }
    Ok(())
}

/// Prints the lines that the live debate leaves on a terminal.
fn print_lines<'a>(events: impl Iterator<Item = &'a Recorded>) -> io::Result<()> {
    let (mut view, width) = (View::new(ViewOptions::default()), output::width());
    let mut stdout = charset::stdout();
    for recorded in events {
        for line in view.on_event(recorded, width) {
            writeln!(stdout, "{line}")?;
        }
    }
    stdout.flush()
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
