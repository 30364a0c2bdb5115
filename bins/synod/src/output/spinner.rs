use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::view::Live;

/// The lines at the bottom of a terminal that change in place. Where there is no terminal, or a
/// dumb one, nothing is drawn.
pub(super) struct Spinner(ProgressBar);

impl Spinner {
    pub(super) fn on_stdout() -> Self {
        Self::drawn_on(ProgressDrawTarget::stdout())
    }

    pub(super) fn on_stderr() -> Self {
        Self::drawn_on(ProgressDrawTarget::stderr())
    }

    pub(super) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    fn drawn_on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{prefix}\n{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.0.is_hidden()
    }

    /// Adds lines above.
    pub(super) fn add(&self, lines: &str) {
        self.0.println(lines);
    }

    pub(super) fn show(&self, live: Live) {
        self.0.set_prefix(live.tail);
        self.0.set_message(live.status);
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
