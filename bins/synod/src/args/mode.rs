/// Who speaks when. What is hidden is known, and refused in this version.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Mode {
    #[default]
    Structured,
    #[value(hide = true)]
    Freeform,
    #[value(hide = true)]
    Autonomous,
}
