/// What is written to stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputForm {
    /// On a terminal the debate as it goes; in a pipe the verdict as Markdown.
    #[default]
    Text,
    /// The whole debate as Markdown, at its end.
    Md,
    /// The whole debate as one JSON document, at its end.
    Json,
    /// The log: one event per line, as it happens.
    Ndjson,
}
