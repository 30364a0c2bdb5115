use parking_lot::Mutex;

/// The window of one model on one host, as a refusal of a prompt has shown it, for all callers of the
/// model.
#[derive(Debug, Default)]
pub(super) struct LearntWindow(Mutex<Option<Learnt>>);

#[derive(Clone, Copy, Debug)]
struct Learnt {
    /// Tokens.
    window: u32,
    /// The window that the host reported when it refused. Once it reports another, the model was loaded
    /// again, and the refusal no longer applies.
    reported: Option<u32>,
}

impl LearntWindow {
    /// A prompt was refused with this window, while the host reported another, if any.
    pub(super) fn refused(&self, window: u32, reported: Option<u32>) {
        if window > 0 {
            *self.0.lock() = Some(Learnt { window, reported });
        }
    }

    /// The window, while the host reports this one.
    pub(super) fn known(&self, reported: Option<u32>) -> Option<u32> {
        let learnt = self.0.lock().filter(|learnt| learnt.reported == reported);
        let window = learnt.map(|learnt| learnt.window);
        match (window, reported) {
            (Some(window), Some(reported)) => Some(window.min(reported)),
            (window, reported) => window.or(reported),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_until_the_host_reports_another_window() {
        let learnt = LearntWindow::default();
        assert_eq!(learnt.known(None), None);
        assert_eq!(learnt.known(Some(4_096)), Some(4_096));
        learnt.refused(0, Some(4_096));
        assert_eq!(learnt.known(Some(4_096)), Some(4_096), "no window is empty");
        learnt.refused(1_024, Some(4_096));
        assert_eq!(learnt.known(Some(4_096)), Some(1_024));
        assert_eq!(learnt.known(Some(8_192)), Some(8_192));
        learnt.refused(2_048, None);
        assert_eq!(learnt.known(None), Some(2_048));
    }
}
