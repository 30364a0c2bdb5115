/// Who speaks when.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Mode {
    /// All at once, having read the same statements.
    #[default]
    Structured,
    /// One at a time, by a score. Not served in this version.
    #[value(hide = true)]
    Freeform,
    /// One at a time, by a moderator. Not served in this version.
    #[value(hide = true)]
    Autonomous,
}
