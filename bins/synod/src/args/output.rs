/// What is written to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputForm {
    #[default]
    Text,
    #[value(alias = "markdown")]
    Md,
    Html,
    Json,
    Ndjson,
}
