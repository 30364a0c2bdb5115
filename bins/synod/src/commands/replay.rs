mod timeline;

use synod_transcript::TranscriptFormat;
use tokio::time::{Instant, MissedTickBehavior, sleep_until};

use super::debate::Keyboard;
use crate::{
    CliError,
    args::ReplayArgs,
    config::LogTable,
    environment::Environment,
    interrupts::Interrupts,
    job_control::JobControl,
    kept::Kept,
    keys::Key,
    output::{self, Output, OutputOptions},
};
use timeline::{Replayed, Timeline};

/// The interval at which the status is redrawn.
const TICK: std::time::Duration = std::time::Duration::from_millis(100);

/// Shows a kept debate as it was live, faster.
pub(super) async fn run(
    args: &ReplayArgs,
    config: &LogTable,
    environment: &Environment,
    mut interrupts: Interrupts,
    draws: bool,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let summary = kept.find(&args.debate.id).await?;
    let events = kept.events(summary.id).await?;
    let timeline = Timeline::of(&events, args.speed);
    let mut output = output::of(OutputOptions {
        format: TranscriptFormat::Text,
        quiet: false,
        thinking: false,
        draws,
        has_menu: false,
    });
    let shown = show(&timeline, &mut *output, &mut interrupts).await;
    let finished = output.finish();
    shown?;
    finished?;
    if let Some(text) = kept.state_in_words(&summary).await? {
        output::say(&text);
    }
    Ok(())
}

/// Shows everything in time, until the user ends the replay.
async fn show(
    timeline: &Timeline,
    output: &mut dyn Output,
    interrupts: &mut Interrupts,
) -> Result<(), CliError> {
    let mut job_control = JobControl::listen().map_err(CliError::Write)?;
    let mut keyboard = Keyboard::new();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut began = Instant::now();
    let mut moments = timeline.moments().iter().peekable();
    while let Some(next) = moments.peek() {
        tokio::select! {
            biased;
            _ = interrupts.next() => return Ok(()),
            key = keyboard.key(true) => match key {
                Key::Interrupt | Key::Escape | Key::Char('q' | 'Q') => return Ok(()),
                Key::Char(_)
                | Key::Enter
                | Key::LineBreak
                | Key::Erase
                | Key::EraseWord
                | Key::EraseLine => {}
            },
            signal = job_control.next() => {
                let stopped = Instant::now();
                keyboard.follow(signal, output)?;
                began += stopped.elapsed();
            }
            () = sleep_until(began + next.at) => {
                match &next.what {
                    Replayed::Event(recorded) => output.on_event(recorded)?,
                    Replayed::Delta(delta) => output.on_delta(delta)?,
                }
                output.tick(next.of_debate)?;
                moments.next();
            }
            _ = ticks.tick() => {
                keyboard.acquire();
                output.tick(timeline.time_of_debate(began.elapsed()))?;
            }
        }
    }
    Ok(())
}
