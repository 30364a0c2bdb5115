use synod_domain::DebateMode;

/// The order of speakers.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Mode {
    #[default]
    Structured,
    Freeform,
    Autonomous,
}

impl From<Mode> for DebateMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Structured => Self::Structured,
            Mode::Freeform => Self::Freeform,
            Mode::Autonomous => Self::Autonomous,
        }
    }
}

impl From<DebateMode> for Mode {
    fn from(mode: DebateMode) -> Self {
        match mode {
            DebateMode::Structured => Self::Structured,
            DebateMode::Freeform => Self::Freeform,
            DebateMode::Autonomous => Self::Autonomous,
        }
    }
}
